"""The same journey by other means: small programs, each as the documentation of its framework recommends."""
