resource "aws_internet_gateway" "raglite" {
  vpc_id = aws_vpc.raglite.id

  tags = { Name = "raglite" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.raglite.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.raglite.id
  }

  tags = { Name = "raglite-public" }
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

# Tasks reach Qdrant Cloud and the AWS APIs through a gateway in their own zone: a zone that fails takes no other along.
resource "aws_eip" "nat" {
  for_each = local.zones

  domain = "vpc"

  tags = { Name = "raglite-nat-${each.key}" }
}

resource "aws_nat_gateway" "zone" {
  for_each = local.zones

  subnet_id     = aws_subnet.public[each.key].id
  allocation_id = aws_eip.nat[each.key].id

  tags = { Name = "raglite-${each.key}" }

  depends_on = [aws_internet_gateway.raglite]
}

resource "aws_route_table" "private" {
  for_each = local.zones

  vpc_id = aws_vpc.raglite.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.zone[each.key].id
  }

  tags = { Name = "raglite-private-${each.key}" }
}

resource "aws_route_table_association" "private" {
  for_each = local.zones

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}
