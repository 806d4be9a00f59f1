"""Taking files in: each is checked, decoded in a child process, and stored byte for byte or quarantined with a
reason."""
