// Made by tools/schema. Don't edit.
import SimulatorCore

extension SchemaBaseline {
    /// The tables of all services and of the Hub.
    static let drydock = SchemaBaseline(
        names: [
            "core.clock",
            "core.clock-in-use",
            "core.counter",
            "core.due",
            "core.due.everywhere",
            "core.idempotency",
            "core.idempotency.age",
            "core.owner",
            "core.prepared",
            "core.relation",
            "core.resource",
            "core.tags",
            "ec2.account-setting",
            "ec2.account-settings-as-documents",
            "ec2.address",
            "ec2.address-private",
            "ec2.cidr_block",
            "ec2.dhcp-options-as-documents",
            "ec2.dhcp_options",
            "ec2.endpoint_service_permission",
            "ec2.grant",
            "ec2.instance",
            "ec2.instance-due",
            "ec2.instance-launches",
            "ec2.instance-options",
            "ec2.instance-reservation",
            "ec2.instance-spot",
            "ec2.internet_gateway",
            "ec2.ipam-allocation",
            "ec2.ipam-pool-cidr",
            "ec2.key_pair",
            "ec2.network-acls-as-documents",
            "ec2.network_acl",
            "ec2.network_interface",
            "ec2.network_interface-ipv6-only",
            "ec2.network_interface-own",
            "ec2.network_interface-requester",
            "ec2.order",
            "ec2.prefix_list_entry",
            "ec2.route-tables-as-documents",
            "ec2.route_table",
            "ec2.security_group",
            "ec2.security_group_rule",
            "ec2.subnet",
            "ec2.subnet-ipv6",
            "ec2.volume",
            "ec2.volume-attachment",
            "ec2.volume-life",
            "ec2.vpc",
            "ecr.backfill",
            "ecr.cache_rule",
            "ecr.cached_tag",
            "ecr.creation_template",
            "ecr.due",
            "ecr.image",
            "ecr.layer",
            "ecr.lifecycle",
            "ecr.lost_subject",
            "ecr.orphan",
            "ecr.pull_time_exclusion",
            "ecr.replication",
            "ecr.repository",
            "ecr.scan",
            "ecr.setting",
            "ecr.signing",
            "ecr.upload.small-part",
            "hub.tables",
            "iam.accessKeys",
            "iam.documents",
            "iam.groups",
            "iam.instanceProfiles",
            "iam.policies",
            "iam.roles",
            "iam.roles.trustIds",
            "iam.users",
            "ssm.label",
            "ssm.parameter",
            "ssm.secret",
            "ssm.setting",
            "ssm.sharing",
            "sts.age",
            "sts.proof",
            "sts.sessions",
            "sts.sessions.facts",
        ],
        sql: #"""
            CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE prepared (account TEXT NOT NULL, region TEXT NOT NULL, PRIMARY KEY (account, region)) WITHOUT ROWID;
            CREATE TABLE tag (
                account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
                PRIMARY KEY (account, region, resource, key)
            ) WITHOUT ROWID;
            CREATE TABLE client_token (
                account TEXT NOT NULL, region TEXT NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL,
                fingerprint TEXT NOT NULL, result TEXT NOT NULL, created_at INTEGER NOT NULL,
                PRIMARY KEY (account, region, operation, token)
            ) WITHOUT ROWID;
            CREATE TABLE clock (mode TEXT PRIMARY KEY, origin INTEGER NOT NULL, anchor INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE owner (account TEXT NOT NULL, seed INTEGER NOT NULL);
            CREATE TABLE clock_in_use (mode TEXT NOT NULL);
            CREATE TABLE resource (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
                name TEXT, phase TEXT NOT NULL, document TEXT NOT NULL CHECK (document LIKE '{%'), UNIQUE (account, region, kind, id)
            );
            CREATE INDEX resource_in_order ON resource (account, region, kind);
            CREATE UNIQUE INDEX resource_by_name ON resource (account, region, kind, name) WHERE name IS NOT NULL;
            CREATE TABLE relation (
                source INTEGER NOT NULL REFERENCES resource (number) ON DELETE CASCADE, role TEXT NOT NULL, target TEXT NOT NULL,
                account TEXT NOT NULL, region TEXT NOT NULL, PRIMARY KEY (source, role, target)
            ) WITHOUT ROWID;
            CREATE INDEX relation_by_target ON relation (account, region, target);
            CREATE TABLE due (
                account TEXT NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
                at INTEGER NOT NULL, PRIMARY KEY (account, region, kind, id)
            ) WITHOUT ROWID;
            CREATE INDEX due_in_order ON due (at);
            CREATE INDEX client_token_by_age ON client_token (created_at);
            CREATE TABLE ec2_vpc (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, cidr TEXT NOT NULL,
                cidr_association_id TEXT NOT NULL, is_default INTEGER NOT NULL, tenancy TEXT NOT NULL, dhcp_options_id TEXT NOT NULL,
                has_dns_support INTEGER NOT NULL, has_dns_hostnames INTEGER NOT NULL, has_usage_metrics INTEGER NOT NULL,
                created_at INTEGER NOT NULL, UNIQUE (account, region, id)
            );
            CREATE TABLE ec2_subnet (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT NOT NULL,
                cidr TEXT NOT NULL, zone TEXT NOT NULL, zone_id TEXT NOT NULL, is_default INTEGER NOT NULL,
                maps_public_ip INTEGER NOT NULL, hostname_type TEXT NOT NULL, has_dns_a_record INTEGER NOT NULL,
                has_dns_aaaa_record INTEGER NOT NULL, has_dns64 INTEGER NOT NULL, lni_device_index INTEGER, assigns_ipv6 INTEGER NOT NULL DEFAULT 0,
                UNIQUE (account, region, id),
                FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
            );
            CREATE INDEX ec2_subnet_by_vpc ON ec2_subnet (account, region, vpc_id);
            CREATE TABLE ec2_security_group (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT NOT NULL,
                name TEXT NOT NULL, description TEXT NOT NULL, UNIQUE (account, region, id), UNIQUE (account, region, vpc_id, name),
                FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
            );
            CREATE TABLE ec2_security_group_rule (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, group_id TEXT NOT NULL,
                is_egress INTEGER NOT NULL, protocol TEXT NOT NULL, from_port INTEGER NOT NULL, to_port INTEGER NOT NULL,
                peer_kind TEXT NOT NULL CHECK (peer_kind IN ('ipv4', 'ipv6', 'prefix-list', 'group')), peer TEXT NOT NULL,
                peer_owner TEXT NOT NULL, description TEXT, UNIQUE (account, region, id),
                UNIQUE (account, region, group_id, is_egress, protocol, from_port, to_port, peer_kind, peer),
                FOREIGN KEY (account, region, group_id) REFERENCES ec2_security_group (account, region, id)
            );
            CREATE INDEX ec2_security_group_rule_by_peer ON ec2_security_group_rule (account, region, peer);
            CREATE TABLE ec2_internet_gateway (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT,
                UNIQUE (account, region, id), UNIQUE (account, region, vpc_id),
                FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
            );
            CREATE TABLE ec2_key_pair (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
                type TEXT NOT NULL CHECK (type IN ('rsa', 'ed25519')), fingerprint TEXT NOT NULL, public_key TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                UNIQUE (account, region, name), UNIQUE (account, region, id)
            );
            CREATE TABLE ec2_instance (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
                reservation TEXT NOT NULL, launch_index INTEGER NOT NULL, image TEXT NOT NULL, type TEXT NOT NULL, key_name TEXT,
                zone TEXT NOT NULL, vpc TEXT NOT NULL, subnet TEXT NOT NULL, private_address TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                phase TEXT NOT NULL CHECK (phase IN ('start', 'stop', 'terminate')), phase_at INTEGER NOT NULL,
                previous_state INTEGER NOT NULL, doomed_at INTEGER, is_released INTEGER NOT NULL, reason TEXT NOT NULL,
                launched_at INTEGER NOT NULL, architecture TEXT NOT NULL, root_device TEXT NOT NULL, is_windows INTEGER NOT NULL,
                platform_details TEXT NOT NULL, usage_operation TEXT NOT NULL, boot_mode TEXT, tenancy TEXT NOT NULL,
                core_count INTEGER NOT NULL, threads_per_core INTEGER NOT NULL, credits TEXT, is_monitored INTEGER NOT NULL,
                is_ebs_optimized INTEGER NOT NULL, is_spot INTEGER NOT NULL, client_token TEXT NOT NULL, profile_arn TEXT,
                profile_id TEXT, user_data TEXT, protects_termination INTEGER NOT NULL, protects_stop INTEGER NOT NULL,
                shutdown_behavior TEXT NOT NULL CHECK (shutdown_behavior IN ('stop', 'terminate')),
                http_tokens TEXT NOT NULL, http_hop_limit INTEGER NOT NULL,
                http_endpoint TEXT NOT NULL, http_ipv6 TEXT NOT NULL, http_tags TEXT NOT NULL, is_enclave INTEGER NOT NULL,
                hibernates INTEGER NOT NULL, hostname_type TEXT NOT NULL, dns_a INTEGER NOT NULL, dns_aaaa INTEGER NOT NULL,
                auto_recovery TEXT NOT NULL, placement_group TEXT NOT NULL, capacity_preference TEXT NOT NULL, options TEXT,
                UNIQUE (account, region, id)
            );
            CREATE INDEX ec2_instance_doomed ON ec2_instance (account, region, doomed_at) WHERE doomed_at IS NOT NULL;
            CREATE TABLE ec2_volume (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, zone TEXT NOT NULL,
                size INTEGER NOT NULL, type TEXT NOT NULL, iops INTEGER, throughput INTEGER, snapshot TEXT NOT NULL,
                is_encrypted INTEGER NOT NULL, kms_key TEXT, created_at INTEGER NOT NULL, instance TEXT, device TEXT,
                attached_at INTEGER, deletes_on_termination INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'in-use'
                CHECK (state IN ('creating', 'available', 'in-use', 'deleting')), attachment_state TEXT
                CHECK (attachment_state IN ('attaching', 'attached', 'detaching', 'busy')), is_multi_attach INTEGER NOT NULL DEFAULT 0, source_volume TEXT, initialization_rate INTEGER, is_fast_restored INTEGER NOT NULL DEFAULT 0, enables_io INTEGER NOT NULL DEFAULT 0, modified_at TEXT NOT NULL DEFAULT '',
                UNIQUE (account, region, id)
            );
            CREATE INDEX ec2_volume_instance ON ec2_volume (account, region, instance);
            CREATE INDEX ec2_vpc_in_order ON ec2_vpc (account, region);
            CREATE INDEX ec2_subnet_in_order ON ec2_subnet (account, region);
            CREATE INDEX ec2_security_group_in_order ON ec2_security_group (account, region);
            CREATE INDEX ec2_security_group_rule_in_order ON ec2_security_group_rule (account, region);
            CREATE INDEX ec2_instance_in_order ON ec2_instance (account, region);
            CREATE INDEX ec2_volume_in_order ON ec2_volume (account, region);
            CREATE TABLE ec2_address_transfer (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
                public_address INTEGER NOT NULL, target TEXT NOT NULL, status TEXT NOT NULL, expires_at INTEGER NOT NULL,
                accepted_at INTEGER, UNIQUE (account, region, id)
            );
            CREATE TABLE ec2_prefix_list_entry (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, list_id TEXT NOT NULL,
                version INTEGER NOT NULL, cidr TEXT NOT NULL, description TEXT, UNIQUE (account, region, list_id, version, cidr)
            );
            CREATE TABLE ec2_volume_attachment (
                account TEXT NOT NULL, region TEXT NOT NULL, volume TEXT NOT NULL, instance TEXT NOT NULL, device TEXT NOT NULL,
                attached_at INTEGER NOT NULL, deletes_on_termination INTEGER NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('attaching', 'attached', 'detaching', 'busy')),
                PRIMARY KEY (account, region, volume, instance)
            ) WITHOUT ROWID;
            CREATE INDEX ec2_volume_attachment_instance ON ec2_volume_attachment (account, region, instance);
            CREATE TABLE ec2_grant (
                account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL, grantee TEXT NOT NULL,
                PRIMARY KEY (account, region, resource, grantee)
            ) WITHOUT ROWID;
            CREATE INDEX ec2_grant_by_grantee ON ec2_grant (region, grantee);
            CREATE TABLE ec2_endpoint_service_permission (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
                service_id TEXT NOT NULL, principal TEXT NOT NULL, UNIQUE (account, region, service_id, principal)
            );
            CREATE TABLE ec2_cidr_block (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, owner_id TEXT NOT NULL,
                block TEXT NOT NULL, is_ipv6 INTEGER NOT NULL, is_leaving INTEGER NOT NULL, changed_at INTEGER NOT NULL, pool TEXT,
                border_group TEXT, UNIQUE (account, region, id)
            );
            CREATE INDEX ec2_cidr_block_by_owner ON ec2_cidr_block (account, region, owner_id);
            CREATE INDEX ec2_instance_started ON ec2_instance (account, region, type) WHERE phase = 'start';
            CREATE INDEX ec2_instance_by_reservation ON ec2_instance (account, region, reservation);
            CREATE TABLE ecr_repository (
                account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
                mutability TEXT NOT NULL, exclusions TEXT NOT NULL, scan_on_push INTEGER NOT NULL,
                encryption TEXT NOT NULL, kms_key TEXT, policy TEXT,
                lifecycle_policy TEXT, lifecycle_evaluated_at INTEGER, lifecycle_set_at INTEGER,
                PRIMARY KEY (account, region, name)
            ) WITHOUT ROWID;
            CREATE TABLE ecr_image (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
                number INTEGER NOT NULL, media_type TEXT NOT NULL, artifact_type TEXT, manifest BLOB NOT NULL, size INTEGER NOT NULL,
                pushed_at INTEGER NOT NULL, pulled_at INTEGER, subject TEXT,
                storage TEXT NOT NULL DEFAULT 'STANDARD' CHECK (storage IN ('STANDARD', 'ARCHIVE')),
                archived_at INTEGER, activated_at INTEGER, lost_subject INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (account, region, repository, digest),
                FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE INDEX ecr_image_order ON ecr_image (account, region, repository, number);
            CREATE INDEX ecr_image_subject ON ecr_image (account, region, repository, subject) WHERE subject IS NOT NULL;
            CREATE TABLE ecr_image_tag (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL,
                PRIMARY KEY (account, region, repository, tag),
                FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                    ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE INDEX ecr_image_tag_digest ON ecr_image_tag (account, region, repository, digest);
            CREATE TABLE ecr_image_part (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, part TEXT NOT NULL, digest TEXT NOT NULL,
                is_manifest INTEGER NOT NULL,
                PRIMARY KEY (account, region, repository, part, digest),
                FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                    ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE INDEX ecr_image_part_image ON ecr_image_part (account, region, repository, digest);
            CREATE TABLE ecr_layer (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
                size INTEGER NOT NULL, media_type TEXT,
                PRIMARY KEY (account, region, repository, digest),
                FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE TABLE ecr_upload (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, id TEXT NOT NULL,
                started_at INTEGER NOT NULL, small_part_end INTEGER NOT NULL,
                PRIMARY KEY (account, region, repository, id),
                FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE TABLE ecr_setting (
                account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
                PRIMARY KEY (account, region, name)
            ) WITHOUT ROWID;
            CREATE TABLE ecr_pull_time_exclusion (
                account TEXT NOT NULL, region TEXT NOT NULL, principal TEXT NOT NULL, created_at INTEGER NOT NULL,
                PRIMARY KEY (account, region, principal)
            ) WITHOUT ROWID;
            CREATE TABLE ecr_replication (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL,
                digest TEXT NOT NULL, tag TEXT, to_account TEXT NOT NULL, to_region TEXT NOT NULL, due_at INTEGER NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('IN_PROGRESS', 'COMPLETE', 'FAILED')), failure TEXT
            );
            CREATE INDEX ecr_replication_due ON ecr_replication (due_at) WHERE status = 'IN_PROGRESS';
            CREATE INDEX ecr_replication_image ON ecr_replication (account, region, repository, digest);
            CREATE TABLE ecr_creation_template (
                account TEXT NOT NULL, region TEXT NOT NULL, prefix TEXT NOT NULL, template TEXT NOT NULL,
                PRIMARY KEY (account, region, prefix)
            ) WITHOUT ROWID;
            CREATE TABLE ecr_cache_rule (
                account TEXT NOT NULL, region TEXT NOT NULL, prefix TEXT NOT NULL, rule TEXT NOT NULL,
                PRIMARY KEY (account, region, prefix)
            ) WITHOUT ROWID;
            CREATE TABLE ecr_scan (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
                started_at INTEGER NOT NULL, status TEXT, description TEXT, findings TEXT,
                PRIMARY KEY (account, region, repository, digest),
                FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                    ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE INDEX ecr_repository_lifecycle ON ecr_repository (account, region) WHERE lifecycle_policy IS NOT NULL;
            CREATE TABLE ecr_lifecycle_preview (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, policy TEXT NOT NULL,
                started_at INTEGER NOT NULL, results TEXT NOT NULL,
                PRIMARY KEY (account, region, repository),
                FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE TABLE ecr_cached_tag (
                account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL, checked_at INTEGER NOT NULL,
                PRIMARY KEY (account, region, repository, tag),
                FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE TABLE ecr_orphan (digest TEXT PRIMARY KEY) WITHOUT ROWID;
            CREATE TRIGGER ecr_layer_deleted AFTER DELETE ON ecr_layer
            BEGIN INSERT OR IGNORE INTO ecr_orphan VALUES (old.digest); END;
            CREATE TABLE ecr_signing (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL,
                digest TEXT NOT NULL, profile TEXT NOT NULL,
                UNIQUE (account, region, repository, digest, profile),
                FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                    ON DELETE CASCADE
            );
            CREATE TRIGGER ecr_replication_begun AFTER INSERT ON ecr_replication WHEN new.status = 'IN_PROGRESS'
            BEGIN INSERT OR REPLACE INTO due
                VALUES (new.account, new.region, 'ecr', 'ecr-replication', new.number, new.due_at); END;
            CREATE TRIGGER ecr_upload_begun AFTER INSERT ON ecr_upload
            BEGIN INSERT OR REPLACE INTO due
                VALUES (new.account, new.region, 'ecr', 'ecr-upload', new.id, new.started_at + 86400000); END;
            CREATE TRIGGER ecr_upload_ended AFTER DELETE ON ecr_upload
            BEGIN DELETE FROM due
                WHERE account = old.account AND region = old.region AND kind = 'ecr-upload' AND id = old.id; END;
            CREATE TRIGGER ecr_lifecycle_made AFTER INSERT ON ecr_repository WHEN new.lifecycle_policy IS NOT NULL
            BEGIN INSERT OR REPLACE INTO due VALUES (new.account, new.region, 'ecr', 'ecr-lifecycle', new.name, 0); END;
            CREATE TRIGGER ecr_lifecycle_set AFTER UPDATE OF lifecycle_set_at ON ecr_repository
                WHEN new.lifecycle_policy IS NOT NULL AND new.lifecycle_set_at IS NOT old.lifecycle_set_at
            BEGIN INSERT OR REPLACE INTO due VALUES (new.account, new.region, 'ecr', 'ecr-lifecycle', new.name, 0); END;
            CREATE TRIGGER ecr_lifecycle_removed AFTER UPDATE OF lifecycle_policy ON ecr_repository
                WHEN new.lifecycle_policy IS NULL AND old.lifecycle_policy IS NOT NULL
            BEGIN DELETE FROM due
                WHERE account = old.account AND region = old.region AND kind = 'ecr-lifecycle' AND id = old.name; END;
            CREATE TRIGGER ecr_repository_deleted AFTER DELETE ON ecr_repository WHEN old.lifecycle_policy IS NOT NULL
            BEGIN DELETE FROM due
                WHERE account = old.account AND region = old.region AND kind = 'ecr-lifecycle' AND id = old.name; END;
            CREATE TRIGGER ecr_orphan_found AFTER INSERT ON ecr_orphan
            BEGIN INSERT OR REPLACE INTO due VALUES ('', '', 'ecr', 'ecr-orphans', '', 0); END;
            CREATE TABLE ecr_backfill (
                number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL,
                to_account TEXT NOT NULL, to_region TEXT NOT NULL, failure TEXT, total INTEGER,
                status TEXT NOT NULL
                    CHECK (status IN ('PREPARING', 'IN_PROGRESS', 'COMPLETE', 'FAILED', 'STOPPING', 'STOPPED')),
                started_at INTEGER NOT NULL, ended_at INTEGER
            );
            CREATE TABLE ecr_backfill_copy (
                backfill INTEGER NOT NULL REFERENCES ecr_backfill (number) ON DELETE CASCADE, replication INTEGER NOT NULL,
                PRIMARY KEY (backfill, replication)
            ) WITHOUT ROWID;
            CREATE INDEX ecr_backfill_of_copy ON ecr_backfill_copy (replication);
            CREATE TABLE iam_user (
                id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
                arn TEXT NOT NULL UNIQUE, boundary TEXT, created_at INTEGER NOT NULL, UNIQUE (account, name)
            ) WITHOUT ROWID;
            CREATE TABLE iam_access_key (
                id TEXT PRIMARY KEY, account TEXT NOT NULL, owner_id TEXT NOT NULL, secret TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('Active', 'Inactive')), is_deleted INTEGER NOT NULL DEFAULT 0,
                created_at INTEGER NOT NULL, used_at INTEGER, used_service TEXT, used_region TEXT
            ) WITHOUT ROWID;
            CREATE INDEX iam_access_key_owner ON iam_access_key (owner_id);
            CREATE TABLE iam_role (
                id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
                arn TEXT NOT NULL UNIQUE, trust TEXT NOT NULL, description TEXT, session_seconds INTEGER NOT NULL,
                boundary TEXT, created_at INTEGER NOT NULL, used_at INTEGER, used_region TEXT, trust_ids TEXT, UNIQUE (account, name)
            ) WITHOUT ROWID;
            CREATE TABLE iam_policy (
                arn TEXT PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
                path TEXT NOT NULL, description TEXT, default_version INTEGER NOT NULL, last_version INTEGER NOT NULL,
                created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (account, name)
            ) WITHOUT ROWID;
            CREATE TABLE iam_policy_version (
                policy_arn TEXT NOT NULL REFERENCES iam_policy ON DELETE CASCADE, version INTEGER NOT NULL,
                document TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (policy_arn, version)
            ) WITHOUT ROWID;
            CREATE TABLE iam_inline_policy (
                owner_id TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (owner_id, name)
            ) WITHOUT ROWID;
            CREATE TABLE iam_instance_profile (
                id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
                arn TEXT NOT NULL UNIQUE, role_id TEXT REFERENCES iam_role, created_at INTEGER NOT NULL, UNIQUE (account, name)
            ) WITHOUT ROWID;
            CREATE INDEX iam_instance_profile_role ON iam_instance_profile (role_id);
            CREATE TABLE iam_group (
                id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
                arn TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, UNIQUE (account, name)
            ) WITHOUT ROWID;
            CREATE TABLE iam_membership (
                group_id TEXT NOT NULL REFERENCES iam_group, user_id TEXT NOT NULL REFERENCES iam_user,
                PRIMARY KEY (group_id, user_id)
            ) WITHOUT ROWID;
            CREATE INDEX iam_membership_user ON iam_membership (user_id);
            CREATE TABLE "iam_attachment" (
                owner_id TEXT NOT NULL, policy_arn TEXT NOT NULL, account TEXT NOT NULL,
                owner_kind TEXT NOT NULL CHECK (owner_kind IN ('user', 'role', 'group')), PRIMARY KEY (owner_id, policy_arn)
            ) WITHOUT ROWID;
            CREATE INDEX iam_attachment_policy ON iam_attachment (policy_arn, account);
            CREATE TABLE iam_document (
                account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, created_at INTEGER NOT NULL,
                document TEXT NOT NULL, secret TEXT NOT NULL, PRIMARY KEY (account, kind, id)
            ) WITHOUT ROWID;
            CREATE INDEX iam_document_owner ON iam_document (account, kind, owner);
            CREATE TABLE sts_session (
                access_key_id TEXT PRIMARY KEY, account TEXT NOT NULL, secret TEXT NOT NULL, token TEXT NOT NULL,
                expires_at INTEGER NOT NULL, principal_id TEXT NOT NULL, session_name TEXT, policies TEXT NOT NULL,
                tags TEXT NOT NULL
            , is_unproven INTEGER NOT NULL DEFAULT 0, facts TEXT) WITHOUT ROWID;
            CREATE INDEX sts_session_by_end ON sts_session (expires_at);
            CREATE TABLE ssm_secret (secret TEXT NOT NULL);
            CREATE TABLE ssm_parameter (
                account TEXT NOT NULL, region TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
                type TEXT NOT NULL CHECK (type IN ('String', 'StringList', 'SecureString')), value TEXT NOT NULL, key_id TEXT,
                description TEXT, pattern TEXT, tier TEXT NOT NULL CHECK (tier IN ('Standard', 'Advanced')),
                data_type TEXT NOT NULL, policies TEXT NOT NULL, modified_at INTEGER NOT NULL, modified_by TEXT NOT NULL,
                PRIMARY KEY (account, region, key, version)
            ) WITHOUT ROWID;
            CREATE TABLE ssm_label (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, key TEXT NOT NULL, label TEXT NOT NULL,
                version INTEGER NOT NULL, UNIQUE (account, region, key, label)
            );
            CREATE TABLE ssm_setting (
                account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, modified_at INTEGER NOT NULL,
                modified_by TEXT NOT NULL, PRIMARY KEY (account, region, id)
            ) WITHOUT ROWID;
            CREATE TABLE ssm_resource_policy (
                arn TEXT PRIMARY KEY, id TEXT NOT NULL, hash TEXT NOT NULL, policy TEXT NOT NULL
            ) WITHOUT ROWID;
            CREATE TABLE hub_user (
                name TEXT PRIMARY KEY, password TEXT NOT NULL, created_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE TABLE hub_repository (
                name TEXT PRIMARY KEY, is_private INTEGER NOT NULL DEFAULT 0 CHECK (is_private IN (0, 1)),
                description TEXT NOT NULL DEFAULT '', pulls INTEGER NOT NULL DEFAULT 0,
                created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE TABLE hub_blob (
                repository TEXT NOT NULL REFERENCES hub_repository ON DELETE CASCADE, digest TEXT NOT NULL,
                size INTEGER NOT NULL CHECK (size >= 0), PRIMARY KEY (repository, digest)
            ) WITHOUT ROWID;
            CREATE TABLE hub_manifest (
                repository TEXT NOT NULL REFERENCES hub_repository ON DELETE CASCADE, digest TEXT NOT NULL,
                media_type TEXT NOT NULL, bytes BLOB NOT NULL, subject TEXT, PRIMARY KEY (repository, digest)
            ) WITHOUT ROWID;
            CREATE INDEX hub_manifest_subject ON hub_manifest (repository, subject) WHERE subject IS NOT NULL;
            CREATE TABLE hub_tag (
                repository TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, updated_at INTEGER NOT NULL,
                PRIMARY KEY (repository, name),
                FOREIGN KEY (repository, digest) REFERENCES hub_manifest ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE INDEX hub_tag_digest ON hub_tag (repository, digest);
            CREATE TABLE hub_upload (
                id TEXT PRIMARY KEY, repository TEXT NOT NULL REFERENCES hub_repository ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE TABLE hub_seeded (version INTEGER PRIMARY KEY);
            CREATE INDEX ec2_instance_in_reservation ON ec2_instance (account, region)
                WHERE options IS NOT NULL AND json_extract(options, '$.runsIn') IS NOT NULL;
            CREATE TABLE ec2_ipam_pool_cidr (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, pool TEXT NOT NULL,
                block TEXT, netmask INTEGER, state TEXT NOT NULL, failure TEXT, UNIQUE (account, region, id)
            );
            CREATE INDEX ec2_ipam_pool_cidr_by_pool ON ec2_ipam_pool_cidr (account, region, pool);
            CREATE TABLE ec2_ipam_allocation (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, pool TEXT NOT NULL,
                block TEXT NOT NULL, description TEXT, resource_id TEXT, resource_type TEXT NOT NULL, resource_region TEXT,
                resource_owner TEXT NOT NULL, UNIQUE (account, region, id)
            );
            CREATE INDEX ec2_ipam_allocation_by_pool ON ec2_ipam_allocation (account, region, pool);
            CREATE INDEX ec2_ipam_allocation_by_resource ON ec2_ipam_allocation (account, resource_id);
            CREATE INDEX ec2_instance_spot ON ec2_instance (account, region, type) WHERE phase = 'start' AND is_spot = 1;
            CREATE TABLE ec2_network_interface (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, subnet_id TEXT NOT NULL,
                vpc_id TEXT NOT NULL, zone TEXT NOT NULL, zone_id TEXT NOT NULL, description TEXT NOT NULL,
                private_address INTEGER, mac TEXT NOT NULL, checks_source INTEGER NOT NULL,
                assigns_public_address INTEGER NOT NULL, public_address INTEGER UNIQUE, instance_id TEXT, attachment_id TEXT,
                attached_at INTEGER, device_index INTEGER, is_deleted_on_termination INTEGER NOT NULL,
                interface_type TEXT NOT NULL DEFAULT 'interface', requester TEXT, card_index INTEGER NOT NULL DEFAULT 0,
                attachment_phase TEXT, details TEXT,
                UNIQUE (account, region, id), UNIQUE (account, region, subnet_id, private_address),
                FOREIGN KEY (account, region, subnet_id) REFERENCES ec2_subnet (account, region, id)
            );
            CREATE TABLE ec2_network_interface_group (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, interface_id TEXT NOT NULL,
                group_id TEXT NOT NULL, UNIQUE (account, region, interface_id, group_id),
                FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id) ON DELETE CASCADE,
                FOREIGN KEY (account, region, group_id) REFERENCES ec2_security_group (account, region, id)
            );
            CREATE TABLE ec2_interface_address (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, interface_id TEXT NOT NULL,
                subnet_id TEXT NOT NULL, form TEXT NOT NULL CHECK (form IN ('ipv4', 'ipv4-prefix', 'ipv6', 'ipv6-prefix')),
                address TEXT NOT NULL, is_primary INTEGER NOT NULL, UNIQUE (account, region, subnet_id, address),
                FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id) ON DELETE CASCADE
            );
            CREATE TABLE ec2_address (
                number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
                public_address INTEGER NOT NULL UNIQUE, association_id TEXT, interface_id TEXT, private_address INTEGER,
                pointer_name TEXT, pointer_update TEXT, UNIQUE (account, region, id),
                UNIQUE (account, region, interface_id, private_address),
                FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id)
            );
            CREATE INDEX ec2_network_interface_by_instance ON ec2_network_interface (account, region, instance_id);
            CREATE INDEX ec2_network_interface_by_vpc ON ec2_network_interface (account, region, vpc_id);
            CREATE INDEX ec2_network_interface_in_order ON ec2_network_interface (account, region);
            CREATE INDEX ec2_network_interface_group_by_group ON ec2_network_interface_group (account, region, group_id);
            CREATE INDEX ec2_interface_address_by_interface ON ec2_interface_address (account, region, interface_id);
            """#)
}
