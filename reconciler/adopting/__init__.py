"""What is live and not declared, as files somebody would have written. All of it pure."""
