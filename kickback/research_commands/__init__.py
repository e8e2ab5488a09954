"""The commands for researchers, one a module: what is typed, checked and handed on."""
