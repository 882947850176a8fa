"""Container images: what is in them, from wherever they are, without writing one of their files out.

tree         the words: Image, Layer, ImageFile, ImageTree, ImageSource   <- catalogers need only this
reference    `registry/name:tag@digest`, taken apart
manifest     indexes, manifests and configurations (OCI image-spec 1.1, Docker schema 2); choosing a platform
blob         bytes that must match a digest and a size; decompress: gzip, zstd, plain, bounded
tar          layer archives as a stream; layers: one on top of the other, into a view
layout       OCI layouts (folder, tar); docker_archive: `docker save`; rootfs: a folder
registry     the OCI distribution protocol; http and credentials: how it talks and as whom; kept: its blobs on disk
opening      TARGET to source
"""
