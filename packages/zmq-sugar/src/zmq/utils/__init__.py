"""Small modules that programs import by name: jsonapi, monitor, z85, ..."""
