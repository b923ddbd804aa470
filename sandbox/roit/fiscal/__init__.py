"""Brazil's fiscal documents as XML files: NF-e and its events, CT-e, NFS-e in both layouts."""
