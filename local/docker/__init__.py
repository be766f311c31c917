"""Docker's API in front of a real Docker Engine: ECS tasks as containers, the way Fargate would run them."""
