"""Seals or opens a file with the real Tink: openWithTink.py seal|open KEY_HEX ASSOCIATED_DATA_HEX FROM TO"""

import sys

from tink import BinaryKeysetReader, cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

verb, key, associated_data, source, target = sys.argv[1:]
streaming_aead.register()
streaming_key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
    version=0,
    key_value=bytes.fromhex(key),
    # The parameters of Tink's template AES256_GCM_HKDF_1MB.
    params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=1 << 20, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    ),
)
keyset = tink_pb2.Keyset(
    primary_key_id=1,
    key=[
        tink_pb2.Keyset.Key(
            key_id=1,
            status=tink_pb2.ENABLED,
            output_prefix_type=tink_pb2.RAW,
            key_data=tink_pb2.KeyData(
                type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
                value=streaming_key.SerializeToString(),
                key_material_type=tink_pb2.KeyData.SYMMETRIC,
            ),
        )
    ],
)
handle = cleartext_keyset_handle.read(BinaryKeysetReader(keyset.SerializeToString()))
primitive = handle.primitive(streaming_aead.StreamingAead)
data = bytes.fromhex(associated_data)
if verb == "seal":
    with open(source, "rb") as plain, primitive.new_encrypting_stream(open(target, "wb"), data) as sealed:
        sealed.write(plain.read())
else:
    with primitive.new_decrypting_stream(open(source, "rb"), data) as sealed, open(target, "wb") as plain:
        plain.write(sealed.read())
