output "arn" {
  description = "ARN of the function"
  value       = aws_lambda_function.this.arn
}

output "function_name" {
  description = "Name of the function"
  value       = aws_lambda_function.this.function_name
}

output "role_arn" {
  description = "ARN of the function's role"
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the function's role, to attach more to"
  value       = aws_iam_role.this.name
}

output "failed_queue_arn" {
  description = "Queue of events that failed to their last try"
  value       = aws_sqs_queue.failed.arn
}
