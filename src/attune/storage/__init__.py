"""Files and objects by URI: read, written whole or not at all, locked and listed in one way."""

from attune.storage.files import exists as exists
from attune.storage.files import explained as explained
from attune.storage.files import fingerprint as fingerprint
from attune.storage.files import hash_of_all as hash_of_all
from attune.storage.files import is_remote as is_remote
from attune.storage.files import is_temporary as is_temporary
from attune.storage.files import join as join
from attune.storage.files import list_files as list_files
from attune.storage.files import local_path as local_path
from attune.storage.files import read_bytes as read_bytes
from attune.storage.files import remove as remove
from attune.storage.files import sha256_bytes as sha256_bytes
from attune.storage.files import sha256_file as sha256_file
from attune.storage.files import size as size
from attune.storage.files import walk as walk
from attune.storage.files import write_bytes as write_bytes
