"""Commands that serve answers: serve (HTTP), mcp."""
