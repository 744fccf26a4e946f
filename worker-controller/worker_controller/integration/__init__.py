"""Adapters to EC2, CloudWatch and the CML system API."""
