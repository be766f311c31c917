locals {
  service_port = 8000
  anywhere     = "0.0.0.0/0"
}

# --- the load balancer: anybody may come in, only the service can be reached from it --------------------------------

resource "aws_security_group" "load_balancer" {
  name        = "raglite-load-balancer"
  description = "HTTP and HTTPS from anywhere, to the service only"
  vpc_id      = aws_vpc.raglite.id
}

resource "aws_vpc_security_group_ingress_rule" "http" {
  security_group_id = aws_security_group.load_balancer.id
  description       = "Redirected to HTTPS where there is a certificate"
  cidr_ipv4         = local.anywhere
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.load_balancer.id
  description       = "Questions"
  cidr_ipv4         = local.anywhere
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "to_service" {
  security_group_id            = aws_security_group.load_balancer.id
  description                  = "Questions and health checks"
  referenced_security_group_id = aws_security_group.service.id
  ip_protocol                  = "tcp"
  from_port                    = local.service_port
  to_port                      = local.service_port
}

# --- the tasks: nothing but the load balancer may come in, and they may reach only TLS and Qdrant --------------------

resource "aws_security_group" "service" {
  name        = "raglite-service"
  description = "From the load balancer; to the AWS APIs and Qdrant"
  vpc_id      = aws_vpc.raglite.id
}

resource "aws_vpc_security_group_ingress_rule" "from_load_balancer" {
  security_group_id            = aws_security_group.service.id
  description                  = "Questions and health checks"
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.service_port
  to_port                      = local.service_port
}

resource "aws_security_group" "ingest" {
  name        = "raglite-ingest"
  description = "From nowhere; to the AWS APIs and Qdrant"
  vpc_id      = aws_vpc.raglite.id
}

locals {
  task_groups = { service = aws_security_group.service.id, ingest = aws_security_group.ingest.id }
}

resource "aws_vpc_security_group_egress_rule" "tls" {
  for_each = local.task_groups

  security_group_id = each.value
  description       = "The AWS APIs, images, and Qdrant behind a load balancer"
  cidr_ipv4         = local.anywhere
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "qdrant" {
  for_each = local.task_groups

  security_group_id = each.value
  description       = "Qdrant Cloud's own port"
  cidr_ipv4         = local.anywhere
  ip_protocol       = "tcp"
  from_port         = 6333
  to_port           = 6333
}
