"""The API of the page: questions as streams of events, edited SQL, schemas, kept answers, pairs."""
