data "aws_availability_zones" "usable" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  cidr = "10.0.0.0/16"
  # Two zones, by the position that gives each its address range.
  zones = { for index, name in slice(data.aws_availability_zones.usable.names, 0, 2) : name => index }
}

resource "aws_vpc" "raglite" {
  cidr_block           = local.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = "raglite" }
}

# The default group would let anything that forgets to name one talk to everything else that did.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.raglite.id
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id            = aws_vpc.raglite.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.cidr, 8, each.value)

  tags = { Name = "raglite-public-${each.key}" }
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.raglite.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.cidr, 8, 10 + each.value)

  tags = { Name = "raglite-private-${each.key}" }
}
