"""What every simulated system stands on: clock, faults, blob storage, seeded world, server."""
