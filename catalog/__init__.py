"""What things are, and everything that writes what is published."""

import os

# DuckDB writes whole blocks, and what it does not use of a block is whatever lay in memory. Its allocator, which reads this when
# duckdb is first imported, hands out zeroed memory instead, so that equal tables give equal bytes.
os.environ.setdefault("DUCKDB_JE_MALLOC_CONF", "zero:true")
