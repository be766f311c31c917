module "schedule" {
  source   = "../scheduled_task"
  for_each = local.duties

  name        = "raglite-${each.key}"
  description = each.value.what
  schedule    = each.value.schedule
  task        = module.task[each.key]
  place       = var.place
}
