"""OpenAI's endpoints: models and chat completions. SQL is the content of the answer."""
