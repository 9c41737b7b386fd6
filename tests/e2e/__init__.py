"""End-to-end tests: samples are built and run by a real engine, before and after."""
