"""The shelf of releases: made public whole, verified, compared, signed, taken back."""
