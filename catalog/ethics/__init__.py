"""The ethics record: what is declared, what is measured, the rules between them, and the decision that lets a dataset out."""
