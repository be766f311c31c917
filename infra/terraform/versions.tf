terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # One state per environment, in the bucket that `init -backend-config=environments/<environment>.tfbackend` names. The
  # bucket encrypts with its own key and refuses any other encryption, so none is asked for here.
  backend "s3" {
    key          = "raglite.tfstate"
    use_lockfile = true # two people, or a person and a workflow, never apply at once
  }
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
