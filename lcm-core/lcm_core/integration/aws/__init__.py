"""AWS through boto3, and whatever speaks its protocols."""
