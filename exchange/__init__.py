"""How lists come in and go out: workbooks and CSV files as provinces keep them, reports, exports."""
