// The part of duckdb-wasm that the console calls, in one file.
export { AsyncDuckDB, ConsoleLogger, DuckDBDataProtocol, LogLevel, VoidLogger } from "@duckdb/duckdb-wasm";
