terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # One state per environment; bucket, key and region are given by `init -backend-config`.
  backend "s3" {}
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "raglite"
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}
