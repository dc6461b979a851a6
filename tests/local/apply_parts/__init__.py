"""`make apply`: the Terraform module, applied to the local AWS and destroyed again."""
