/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up facts for the tests of profiles. */
#pragma once

#include "profiles/profile.h"

/* A client "laptop" of "acme", v4 and v6, split tunnel. */
void sample_client(struct profile_facts *ret_facts);
/* A site "office" of it. */
void sample_site(struct profile_facts *ret_facts);
/* The same client over OpenVPN, with UDP and TCP; its DER is made up. */
void sample_certificate(struct profile_facts *ret_facts);
/* The same site over OpenVPN, as a router with user name and password. */
void sample_password(struct profile_facts *ret_facts);
void sample_done(struct profile_facts *facts);
/* Replaces the networks to route: "a b c". */
void sample_route(struct profile_facts *facts, const char *networks);
/* The same for those that are excluded. */
void sample_exclude(struct profile_facts *facts, const char *networks);
/* Takes away what is IPv6. */
void sample_without_ipv6(struct profile_facts *facts);
