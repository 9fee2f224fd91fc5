"""Who introduces whom: settings, wiring, the command, the sandbox."""
