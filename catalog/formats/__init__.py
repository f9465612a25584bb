"""One small module per family of file formats. Each makes files from the published Parquet file and what is said about the table."""
