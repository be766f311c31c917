"""What is asked: companies, periods, metrics, topics, and the words that say so."""
