"""What happens to one dataset between its snapshots and its promoted periods."""
