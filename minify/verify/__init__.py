"""The proof: both Dockerfiles built, run and compared by a real engine."""
