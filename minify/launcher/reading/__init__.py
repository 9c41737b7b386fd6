"""From commands as they are written to what they do: every construct becomes steps, or an obstacle."""
