"""The root filesystem less what nothing that runs needs: for images whose application is not understood well enough to be taken out of it."""
