"""What Kubernetes needs to run the image: read off the Dockerfile, written by a template."""
