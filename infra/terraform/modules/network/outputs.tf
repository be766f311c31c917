output "vpc_id" {
  description = "The network."
  value       = aws_vpc.raglite.id
}

output "public_subnet_ids" {
  description = "One subnet a zone, for the load balancer."
  value       = values(aws_subnet.public)[*].id
}

output "private_subnet_ids" {
  description = "One subnet a zone, for the tasks."
  value       = values(aws_subnet.private)[*].id
}

output "service_port" {
  description = "The port the load balancer may reach the service on."
  value       = local.service_port
}

output "load_balancer_security_group_id" {
  description = "The load balancer's security group."
  value       = aws_security_group.load_balancer.id
}

output "service_security_group_id" {
  description = "The service tasks' security group."
  value       = aws_security_group.service.id
}

output "ingest_security_group_id" {
  description = "The ingest tasks' security group."
  value       = aws_security_group.ingest.id
}
