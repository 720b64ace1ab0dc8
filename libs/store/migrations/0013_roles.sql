-- Who may do what: each service its own role (deploy/postgres/roles.sql), and nothing that is not listed here. Functions run with the
-- rights of who calls them. A later migration grants what it adds. Where one role does everything these are left alone, and where roles
-- can neither be found nor made, they are left out. Forward only.

do $$
declare
    v record;
begin
    for v in select x.name from unnest(array['chat_owner', 'chat_api', 'chat_persistence', 'chat_operator']) as x (name)
              where not exists (select from pg_roles r where r.rolname = x.name) loop
        begin
            execute format('create role %I nologin', v.name);
        exception
            when insufficient_privilege then raise notice 'no role %: whoever runs this may not create it', v.name;
            when duplicate_object or unique_violation then null;
        end;
    end loop;

    for v in
        select x.role, x.rights, x.tables from (values
            -- Accounts, tokens, people, uploads, blocks and reports are the api's own; the log it reads.
            ('chat_api', 'select', 'log_epoch, conversations, participants, messages, log_events, read_marks, reactions,
                                    search_blocks'),
            ('chat_api', 'select, insert', 'accounts, audit'),
            ('chat_api', 'select, insert, update', 'users, reports'),
            ('chat_api', 'select, insert, delete', 'blocks'),
            -- Of deleted conversations it lets the attachments go.
            ('chat_api', 'select, delete', 'message_attachments'),
            ('chat_api', 'select, insert, update, delete', 'token_families, refresh_tokens, revoked_users, attachments'),
            ('chat_api', 'usage', 'sequence user_ids'),
            -- The log, and who takes part, are written by the worker alone; of people it counts memberships.
            ('chat_persistence', 'select', 'log_epoch, users, blocks'),
            ('chat_persistence', 'update (membership_version)', 'users'),
            ('chat_persistence', 'select, insert', 'command_streams'),
            ('chat_persistence', 'select, update', 'partitions, attachments'),
            ('chat_persistence', 'select, insert, update', 'conversations, participants, messages, log_events'),
            ('chat_persistence', 'select, insert, delete', 'read_marks, outbox, reactions, message_attachments'),
            ('chat_persistence', 'select, insert, update, delete', 'workers, search_blocks, search_positions'),
            -- An operator who looks sees how things stand: nothing that people wrote, nothing secret.
            ('chat_operator', 'select', 'log_epoch, partitions, workers, command_streams, search_positions, participants, read_marks,
                                         message_attachments, _sqlx_migrations'),
            ('chat_operator', 'select (id, role, last_seen, created_at, membership_version, deactivated_at)', 'users'),
            ('chat_operator', 'select (id, kind, first_seq, last_seq, last_message_seq, message_count, participant_count, created_at,
                                       updated_at, deleted_at)', 'conversations'),
            ('chat_operator', 'select (conversation_id, seq, id, number, sender_id, actor_id, message_type, created_at, edited_at,
                                       deleted_at, partition, command_pos)', 'messages'),
            ('chat_operator', 'select (conversation_id, seq, id, kind, actor_id, created_at, partition, command_pos)', 'log_events'),
            ('chat_operator', 'select (partition, incarnation, command_pos, ord, command_id, created_at)', 'outbox'),
            ('chat_operator', 'select (id, uploader_id, state, size, kind, content_type, created_at, collect_after)', 'attachments'),
            ('chat_operator', 'select (id, created_at, state)', 'reports')
        ) as x (role, rights, tables)
        join pg_roles r on r.rolname = x.role
    loop
        execute format('grant %s on %s to %I', v.rights, v.tables, v.role);
    end loop;
end $$;
