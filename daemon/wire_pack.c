/* SPDX-License-Identifier: MIT */
#include "wire_pack.h"

static int
wire_pack_write(void *out, const char *bytes, size_t count)
{
	strbuf_put(out, (struct str){bytes, count});
	return 0;
}

void
wire_pack_init(msgpack_packer *packer, struct strbuf *out)
{
	msgpack_packer_init(packer, out, wire_pack_write);
}

void
wire_pack_text(msgpack_packer *packer, const char *text)
{
	wire_pack_str(packer, str_of(text));
}

void
wire_pack_str(msgpack_packer *packer, struct str text)
{
	msgpack_pack_str(packer, text.n);
	msgpack_pack_str_body(packer, text.p, text.n);
}

void
wire_pack_bin(msgpack_packer *packer, struct str bytes)
{
	msgpack_pack_bin(packer, bytes.n);
	msgpack_pack_bin_body(packer, bytes.p, bytes.n);
}

size_t
wire_pack_present(struct str text)
{
	return text.p != NULL;
}

void
wire_pack_pair(msgpack_packer *packer, const char *name, struct str text)
{
	if (text.p == NULL)
		return;
	wire_pack_text(packer, name);
	wire_pack_str(packer, text);
}

void
wire_pack_token(msgpack_packer *packer, const char *name, const struct wire_token *token)
{
	if (token->type == WIRE_TOKEN_ABSENT)
		return;
	wire_pack_text(packer, name);
	if (token->type == WIRE_TOKEN_STR)
		wire_pack_str(packer, token->bytes);
	else if (token->type == WIRE_TOKEN_BIN)
		wire_pack_bin(packer, token->bytes);
	else if (token->negative)
		msgpack_pack_int64(packer, (int64_t)token->integer);
	else
		msgpack_pack_uint64(packer, token->integer);
}
