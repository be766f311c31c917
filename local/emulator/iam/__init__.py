"""IAM's decisions: every call is judged by the resource and the conditions that AWS judges it by, and written down."""
