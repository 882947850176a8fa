import tarfile
import zipfile


def unpack(path, folder):
    with tarfile.open(path) as archive:
        # ruleid: python-archive-extract
        archive.extractall(folder)
    other = tarfile.open(path)
    # ruleid: python-archive-extract
    other.extract("name", folder)
    # ruleid: python-archive-extract
    tarfile.open(path).extractall(folder)
    # ruleid: python-archive-extract
    other.extractall(folder, filter="fully_trusted")
    with tarfile.open(path) as archive:
        # ok: python-archive-extract
        archive.extractall(folder, filter="data")
    with zipfile.ZipFile(path) as zipped:
        # ok: python-archive-extract
        zipped.extractall(folder)
