"""The engine of OpenAI-compatible servers: addresses, requests, retries, answers."""
