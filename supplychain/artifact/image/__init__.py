"""Container images: what is in them, from wherever they are, without writing one of their files out.

tree          the words: Image, Layer, ImageFile, ImageTree, ImageSource: whoever lists packages needs only this
opening       a target (`oci:…`, `docker-archive:…`, `rootfs:…`, a reference) to a source
reference     `registry/name:tag@digest`, taken apart
manifest      indexes, manifests and configurations (OCI image-spec 1.1, Docker schema 2); selection: which are meant
blob          bytes that must match a digest and a size; decompress: gzip, zstd, plain, bounded
tar           an archive as a stream (tar_header: one header of it)
layers        members of archives put on top of each other; view: what is there then; oddities: what was strange
source        what all layered sources share: archive (folder or tar on disk), layout, docker_archive, rootfs, registry
registry      images in a registry; registry_client: how it is asked; exchange: HTTP; budget: how patiently;
              credentials: as whom; mirrors and endpoints: where else; kept: what was pulled before;
              pruning: how much of it stays
"""
