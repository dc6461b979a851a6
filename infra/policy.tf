# policy.json: the variables as the document that the functions read.
#
# The functions refuse keys that they do not know, so Terraform's own keys (schedule, schedule_timezone, first, resource_id) stay here. A
# database's first drill is the one written first in the document, and jsonencode sorts keys; so the drills of a database are
# joined as text, in their order.

locals {
  # Keys of each kind of check; the validation of the variable uses it too
  check_keys = {
    row_count        = { needed = ["table"], optional = ["at_least", "at_most"] }
    collection_count = { needed = ["collection"], optional = ["at_least", "at_most"] }
    freshness        = { needed = ["table", "column", "within"], optional = [] }
    tables           = { needed = ["at_least"], optional = ["schema"] }
    orphans          = { needed = ["child", "parent"], optional = [] }
    foreign_keys     = { needed = ["schema"], optional = [] }
    unchanged        = { needed = ["table", "within_percent"], optional = ["since"] }
    schema_unchanged = { needed = [], optional = ["schema", "since"] }
    grants_unchanged = { needed = [], optional = ["since"] }
    indexes          = { needed = ["table"], optional = ["names", "since"] }
    damage           = { needed = [], optional = ["except"] }
    sql              = { needed = ["query", "expect"], optional = [] }
  }

  # What DocumentDB has under another name: either may be written
  check_synonyms = { collection = "table", field = "column" }

  # Lists of checks, of databases and of jobs
  policy_checks = {
    for name, checks in merge(
      { for name, database in var.databases : "databases.${name}" => database.checks },
      { for name, job in var.jobs : "jobs.${name}" => job.checks },
      ) : name => one([
        for checks in [checks] : [
          for check in checks : merge(
            { for key, value in check : key => value if value != null && key != "expect" },
            # A text in the variable's type; true, false and numbers are themselves again in the document
            {
              for expect in [check.expect] : "expect" => try(
                jsondecode(regex("^(?:true|false|-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?|\".*\")$", expect)), expect
              ) if expect != null
            }
          )
        ] if checks != null
    ])
  }

  # What was left out is left out of the document too. `for x in [value] … if x != null` is a conditional that does not force
  # both its sides into one type.
  policy_parts = {
    for name, database in var.databases : name => {
      for key, value in {
        kind       = database.kind
        identifier = database.identifier
        backups    = one([for it in [database.backups] : { for key, value in it : key => value if value != null } if it != null])
        storage    = one([for it in [database.storage] : { for key, value in it : key => value if value != null } if it != null])
        sandbox    = local.policy_sandboxes[name][""]
        checks     = local.policy_checks["databases.${name}"]
        snapshots = one([
          for it in [database.snapshots] : merge(
            { for key, value in it : key => value if value != null && key != "copy_to" },
            {
              for copy_to in [it.copy_to] : "copy_to" => { for key, value in copy_to : key => value if value != null }
              if copy_to != null
            }
          ) if it != null
        ])
        live = one([
          for it in [database.live] : merge(
            { for key, value in it : key => value if value != null && key != "login" },
            { login = { for key, value in it.login : key => value if value != null && key != "resource_id" } }
          ) if it != null
        ])
      } : key => value if value != null
    }
  }

  # The sandbox of each database ("") and what its drills change about it (by the drill's name)
  policy_sandboxes = {
    for name, database in var.databases : name => {
      for drill, sandbox in merge({ "" = database.sandbox }, { for drill, it in database.drills : drill => it.sandbox }) :
      drill => one([
        for it in [sandbox] : merge(
          { for key, value in it : key => value if value != null && key != "login" },
          { for login in [it.login] : "login" => { for key, value in login : key => value if value != null } if login != null }
        ) if it != null
      ])
    }
  }

  policy_drills = {
    for name, database in var.databases : name => join(",", [
      # The first one first, the others by name
      for drill in concat(
        [for drill, it in database.drills : drill if it.first],
        [for drill, it in database.drills : drill if !it.first]
        ) : "${jsonencode(drill)}:${jsonencode({
          for key, value in {
            source       = database.drills[drill].source
            snapshot     = database.drills[drill].snapshot
            restore_lag  = database.drills[drill].restore_lag
            region       = database.drills[drill].region
            max_age_days = database.drills[drill].max_age_days
            sandbox      = local.policy_sandboxes[name][drill]
          } : key => value if value != null
      })}"
    ])
  }

  policy_databases = [
    for name, parts in local.policy_parts :
    "${jsonencode(name)}:{${join(",", concat(
      [for key, value in parts : "${jsonencode(key)}:${jsonencode(value)}"],
      ["\"drills\":{${local.policy_drills[name]}}"]
    ))}}"
  ]

  # The other parts of the document; what is as it is without being written is not written
  policy_jobs = {
    for name, job in var.jobs : name => merge(
      { for key, value in job : key => value if value != null && !contains(["checks", "keep_backups"], key) },
      { for it in [local.policy_checks["jobs.${name}"]] : "checks" => it if it != null },
      { for it in [job.keep_backups] : "keep_backups" => { for key, value in it : key => value if value != null } if it != null },
    )
  }
  policy_cleanup = { for key, value in var.cleanup : key => value if value != { dry_run = true, grace_days = 1, max_deletions = 20 }[key] }
  policy_checkup = merge(
    { for key, value in var.checkup : key => value if value != null && !contains(["accept", "prices", "remediate"], key) },
    {
      for accept in [var.checkup.accept] : "accept" => [for it in accept : { for key, value in it : key => value if value != null }]
      if accept != null
    },
    { for it in [var.checkup.prices] : "prices" => { for key, value in it : key => value if value != null } if it != null },
    { for it in [var.checkup.remediate] : "remediate" => { for key, value in it : key => value if value != null } if it != null },
  )
  policy_rest = join("", concat(
    [for it in [local.policy_jobs] : ",\"jobs\":${jsonencode(it)}" if length(it) > 0],
    [for it in [local.policy_cleanup] : ",\"cleanup\":${jsonencode(it)}" if length(it) > 0],
    [for it in [local.policy_checkup] : ",\"checkup\":${jsonencode(it)}" if length(it) > 0],
  ))

  policy_json = "{\"version\":1,\"timezone\":${jsonencode(var.timezone)},\"databases\":{${join(",", local.policy_databases)}}${local.policy_rest}}\n"
}

resource "aws_s3_object" "policy" {
  bucket       = aws_s3_bucket.lifeboat.id
  key          = "policy.json"
  content      = local.policy_json
  content_type = "application/json"
  etag         = md5(local.policy_json) # a policy that somebody changed by hand is put back

  # Not before the bucket has its rules, so that every version of the policy is kept
  depends_on = [aws_s3_bucket_policy.lifeboat, aws_s3_bucket_versioning.lifeboat]
}
