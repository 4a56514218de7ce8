"""What runs within the sandbox: fork server, jail and kernel. Nothing here decides or keeps anything."""
