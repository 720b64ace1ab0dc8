/* Generated from docs/openapi.json: `npm run generate`. */
export interface paths {
    "/api/auth/register/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes an account. */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/token/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs in. */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/token/refresh/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Goes on: a fresh pair of tokens for a refresh token, which is used up by it.
         * @description The same again within 30 s gets the same answer; later it ends the log-in.
         */
        post: operations["refresh_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs out: the tokens of this log-in are refused everywhere within 2 s, and its sockets close. */
        post: operations["log_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/ticket/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a one-time ticket for a socket, good for 30 s. */
        post: operations["create_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who you are. */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your conversations, newest activity first.
         * @description Those that you put away come back when something new is said in them.
         */
        get: operations["list_conversations"];
        put?: never;
        /**
         * Begins a conversation, or finds the one there is.
         * @description A direct conversation of the same two people exists once, and so does a job conversation of the same job and people. A machine
         *     begins it for others: it names their owner, and says who those are who were never seen.
         */
        post: operations["create_conversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of your conversations. */
        get: operations["get_conversation"];
        put?: never;
        post?: never;
        /**
         * Deletes a group for all (owner), or puts a direct or job conversation away for you.
         * @description What was put away is in your list again when something new is said in it, or when you ask for it by POST.
         */
        delete: operations["delete_conversation"];
        options?: never;
        head?: never;
        /** Changes title, job or metadata (owner and admins), or how you keep it: all of it or nothing. */
        patch: operations["update_conversation"];
        trace?: never;
    };
    "/api/chat/conversations/{id}/participants/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who takes part, the longest-serving first. */
        get: operations["list_participants"];
        put?: never;
        /** Lets people in: the owner anybody, admins members only. Newcomers see the history. */
        post: operations["add_participants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{id}/participants/{user_id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Removes somebody, or lets you leave. The owner removes anybody, admins members.
         * @description An owner that leaves hands over to the longest-serving admin, else member.
         */
        delete: operations["remove_participant"];
        options?: never;
        head?: never;
        /** Gives somebody another role (owner). Making another the owner makes you an admin. */
        patch: operations["change_participant"];
        trace?: never;
    };
    "/api/chat/conversations/{id}/mark_as_read/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Marks messages as read.
         * @description Those that are named, or everything up to a place; all, if nothing is named or there is no body. Unknown, foreign and own messages are ignored.
         */
        patch: operations["mark_as_read"];
        trace?: never;
    };
    "/api/chat/unread/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much is unread of what is not muted, newest activity first. */
        get: operations["get_unread"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{id}/messages/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The messages of a conversation, newest first.
         * @description Deleted ones stay as tombstones, with `deleted_at` and without content.
         */
        get: operations["list_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{id}/events/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The whole log of a conversation as frames, oldest first. */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{id}/send_message/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says something.
         * @description With the same `client_id` again nothing new is said: the answer is the first message. Machines speak as the system: with
         *     `message_type` `system`, anywhere, and never otherwise.
         */
        post: operations["send_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/messages/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message of any conversation of yours. */
        get: operations["get_message"];
        put?: never;
        post?: never;
        /**
         * Deletes a message for all: your own, or any as owner or admin of the conversation.
         * @description A tombstone stays in its place. Its text is nowhere any more.
         */
        delete: operations["delete_message"];
        options?: never;
        head?: never;
        /** Changes the text of your own message, as long as it is not too old. */
        patch: operations["edit_message"];
        trace?: never;
    };
    "/api/chat/messages/{id}/reactions/{emoji}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Puts a reaction of yours on a message. */
        put: operations["add_reaction"];
        post?: never;
        /** Takes a reaction of yours back. */
        delete: operations["remove_reaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/messages/{id}/report/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reports a message to the moderators, as it is now. */
        post: operations["report_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/blocks/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom you have blocked, the newest first. */
        get: operations["list_blocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/blocks/{user_id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Blocks somebody: in conversations of the two of you alone nothing passes any more, and nowhere does presence. */
        put: operations["block_user"];
        post?: never;
        /** Takes a block back. */
        delete: operations["unblock_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/messages/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The messages of all of your conversations, newest first; with `search` those that are found, the best first. */
        get: operations["list_all_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/presence/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom of those whose presence you may see is here. */
        get: operations["list_presence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Chooses what others see of you. */
        patch: operations["set_presence"];
        trace?: never;
    };
    "/api/chat/attachments/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a file: the field `file` of a form. What it is, is found from its bytes; pictures lose everything that is no picture. */
        post: operations["upload_attachment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/attachments/uploads/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins an upload that goes to the object store itself. Not found where there is no S3 store. */
        post: operations["begin_direct_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/attachments/uploads/{id}/complete/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that the bytes are there; what really arrived is looked at like any other upload. */
        post: operations["complete_direct_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/attachments/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The bytes: for those who take part where it was sent, and before that for its uploader alone. With `Range`,
         *     `If-None-Match` and `If-Range`; `HEAD` too. May be a redirection to the S3 store.
         */
        get: operations["get_attachment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/attachments/{id}/thumbnail/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The small picture of a picture, for the same people. */
        get: operations["get_thumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/push/key/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key that browsers subscribe with. */
        get: operations["get_push_key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/push/subscriptions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your browsers that are told what you miss, the newest first. */
        get: operations["list_push_subscriptions"];
        put?: never;
        /**
         * Has a browser told what you miss.
         * @description The body is the browser's `PushSubscription` as JSON. The same one again keeps its id; of more than 20 the oldest go. A browser
         *     that others have used before is yours from then on.
         */
        post: operations["subscribe_to_push"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/push/subscriptions/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Has a browser of yours told nothing any more. */
        delete: operations["unsubscribe_from_push"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/schema/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: operations["get_schema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody, or whom you look for. */
        get: operations["list_users"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Somebody. */
        get: operations["get_user"];
        /**
         * Creates somebody, or replaces what others see of them (administrators and machines).
         * @description Older tokens do not take that back. With `is_active` false all tokens of the person are refused everywhere within 2 s, and the
         *     sockets close; with true fresh ones count again. An administrator stays one, and is not locked out.
         */
        put: operations["put_user"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/reports/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people have reported, the newest first. */
        get: operations["list_reports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/reports/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A report with the message as it is now, and what was said around it. */
        get: operations["get_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Decides a report, or opens it again. */
        patch: operations["review_report"];
        trace?: never;
    };
    "/api/admin/conversations/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All conversations that are not deleted, the newest first. */
        get: operations["list_all_conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/conversations/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Any conversation that is not deleted. */
        get: operations["get_any_conversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/conversations/{id}/messages/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was said in a conversation, newest first; deleted messages are tombstones. */
        get: operations["list_messages_of_any"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/conversations/{id}/events/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The whole log of a conversation as frames, oldest first; texts of deleted messages are blank. */
        get: operations["list_events_of_any"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/messages/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Deletes a message for all, whoever said it.
         * @description A tombstone stays in its place. Reports of it keep what it said.
         */
        delete: operations["moderate_message"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What administrators, machines and operators did, the newest first.
         * @description Each call under `/api/admin/` is an entry, made before it is carried out; what it has changed is another.
         */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/webhooks/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All webhooks, the newest first. */
        get: operations["list_webhooks"];
        put?: never;
        /**
         * A new webhook: it gets what is stored from now on.
         * @description Its secret is in this answer alone.
         */
        post: operations["create_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/webhooks/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A webhook. */
        get: operations["get_webhook"];
        put?: never;
        post?: never;
        /** Removes a webhook, and what was on its way to it. */
        delete: operations["delete_webhook"];
        options?: never;
        head?: never;
        /**
         * Changes a webhook: what is absent stays.
         * @description One that is enabled again gets what was waiting for it, and what is stored from now on; what was stored meanwhile it does not get.
         */
        patch: operations["change_webhook"];
        trace?: never;
    };
    "/api/admin/webhooks/{id}/rotate-secret/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a webhook another secret.
         * @description For a day the one before signs beside it, so that receivers can change theirs. The secret is in this answer alone.
         */
        post: operations["rotate_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/webhooks/{id}/test/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a `webhook.test` event, whatever types the webhook is for. */
        post: operations["test_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/webhooks/{id}/deliveries/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was and is on its way to a webhook, the newest first. */
        get: operations["list_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/webhooks/{id}/deliveries/{delivery_id}/redeliver/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins a delivery anew: the same event with the same id. */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/webhooks/{id}/redeliver/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins everything anew that has happened since a time and could not be delivered. */
        post: operations["redeliver_failed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description A person, as `register` and `me` answer.
         * @example {
         *       "avatar_url": null,
         *       "id": 1,
         *       "name": "Clara Client",
         *       "role": "client",
         *       "username": "clara"
         *     }
         */
        Account: {
            /** @description The user. */
            id: components["schemas"]["UserId"];
            /** @description The name to log in with; null for people of an outside issuer. */
            username: string | null;
            /** @description What others see. */
            name: string;
            /** @description The role on the platform. */
            role: components["schemas"]["PlatformRole"];
            /** @description A picture. */
            avatar_url: string | null;
        };
        /**
         * @description The body of `POST participants/`.
         * @example {
         *       "role": "member",
         *       "user_ids": [
         *         3,
         *         4
         *       ]
         *     }
         */
        AddParticipantsRequest: {
            /** @description Whom. */
            user_ids: components["schemas"]["UserId"][];
            role?: components["schemas"]["ConversationRole"] | null;
        };
        /**
         * @description A conversation as administrators see it: what is in it has to be asked for.
         * @example {
         *       "created_at": "2026-11-23T09:10:13.626038Z",
         *       "id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *       "job": {
         *         "id": "7",
         *         "status": "open",
         *         "title": "Build a landing page",
         *         "url": "https://example.com/jobs/7"
         *       },
         *       "kind": "job",
         *       "last_seq": 42,
         *       "metadata": {
         *         "source": "bids"
         *       },
         *       "participant_count": 2,
         *       "participants": [
         *         {
         *           "avatar_url": null,
         *           "id": 1,
         *           "is_online": null,
         *           "last_seen": null,
         *           "name": "Clara Client",
         *           "role": "owner",
         *           "user_role": "client"
         *         },
         *         {
         *           "avatar_url": null,
         *           "id": 2,
         *           "is_online": null,
         *           "last_seen": "2026-11-23T09:05:00.000000Z",
         *           "name": "Felix Freelancer",
         *           "role": "member",
         *           "user_role": "freelancer"
         *         }
         *       ],
         *       "title": "Landing page",
         *       "updated_at": "2026-11-23T09:10:42.334689Z"
         *     }
         */
        AdminConversation: {
            /** @description Its id. */
            id: components["schemas"]["ConversationId"];
            /** @description What it is. */
            kind: components["schemas"]["ConversationKind"];
            /** @description What it is called. */
            title: string | null;
            job: components["schemas"]["Job"] | null;
            /** @description Whatever the marketplace keeps with it. */
            metadata: Record<string, unknown>;
            /** @description The first twenty, the longest-serving first; without presence. */
            participants: components["schemas"]["Participant"][];
            /**
             * Format: int64
             * @description How many there are.
             */
            participant_count: number;
            /** @description The head of its log. */
            last_seq: components["schemas"]["Seq"];
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description When something last happened in it. */
            updated_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description A report as moderators see it.
         * @example {
         *       "content": "Hello!",
         *       "conversation_id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *       "created_at": "2026-11-23T09:20:11.501233Z",
         *       "id": "01a207b4-36c1-7e0a-9f43-0b5a3d6c8e21",
         *       "message_id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *       "note": null,
         *       "reason": "Asks to be paid elsewhere",
         *       "reporter": {
         *         "avatar_url": null,
         *         "id": 2,
         *         "name": "Felix Freelancer",
         *         "role": "freelancer"
         *       },
         *       "reviewed_at": null,
         *       "reviewed_by": null,
         *       "sender": {
         *         "avatar_url": null,
         *         "id": 1,
         *         "name": "Clara Client",
         *         "role": "client"
         *       },
         *       "status": "open"
         *     }
         */
        AdminReport: {
            /** @description Its id. */
            id: components["schemas"]["ReportId"];
            /** @description How it stands. */
            status: components["schemas"]["ReportStatus"];
            /** @description What is wrong with the message, in the reporter's words. */
            reason: string;
            /** @description Who reported it. */
            reporter: components["schemas"]["Sender"];
            /** @description Where it was said. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The message. */
            message_id: components["schemas"]["MessageId"];
            sender: components["schemas"]["Sender"] | null;
            /** @description What it said when it was reported. */
            content: string;
            /** @description Why it was decided so. */
            note: string | null;
            reviewed_by: components["schemas"]["UserId"] | null;
            reviewed_at: components["schemas"]["Timestamp"] | null;
            /** @description When it was reported. */
            created_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description A report with what a moderator needs to decide.
         * @example {
         *       "context": [
         *         {
         *           "attachments": [],
         *           "client_id": "web-1",
         *           "content": "Hello!",
         *           "conversation_id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *           "created_at": "2026-11-23T09:10:42.334689Z",
         *           "deleted_at": null,
         *           "edited_at": null,
         *           "id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *           "message_type": "text",
         *           "reactions": [],
         *           "reply_to": null,
         *           "sender": {
         *             "avatar_url": null,
         *             "id": 1,
         *             "name": "Clara Client",
         *             "role": "client"
         *           },
         *           "seq": 42
         *         }
         *       ],
         *       "message": {
         *         "attachments": [],
         *         "client_id": "web-1",
         *         "content": "Hello!",
         *         "conversation_id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *         "created_at": "2026-11-23T09:10:42.334689Z",
         *         "deleted_at": null,
         *         "edited_at": null,
         *         "id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *         "message_type": "text",
         *         "reactions": [],
         *         "reply_to": null,
         *         "sender": {
         *           "avatar_url": null,
         *           "id": 1,
         *           "name": "Clara Client",
         *           "role": "client"
         *         },
         *         "seq": 42
         *       },
         *       "report": {
         *         "content": "Hello!",
         *         "conversation_id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *         "created_at": "2026-11-23T09:20:11.501233Z",
         *         "id": "01a207b4-36c1-7e0a-9f43-0b5a3d6c8e21",
         *         "message_id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *         "note": "Warned",
         *         "reason": "Asks to be paid elsewhere",
         *         "reporter": {
         *           "avatar_url": null,
         *           "id": 2,
         *           "name": "Felix Freelancer",
         *           "role": "freelancer"
         *         },
         *         "reviewed_at": "2026-11-23T09:30:00.000000Z",
         *         "reviewed_by": 9,
         *         "sender": {
         *           "avatar_url": null,
         *           "id": 1,
         *           "name": "Clara Client",
         *           "role": "client"
         *         },
         *         "status": "actioned"
         *       }
         *     }
         */
        AdminReportInContext: {
            /** @description The report. */
            report: components["schemas"]["AdminReport"];
            message: components["schemas"]["Message"] | null;
            /** @description What was said around it, oldest first: up to ten messages before it and ten after. */
            context: components["schemas"]["Message"][];
        };
        /**
         * @description A person as administrators see them.
         * @example {
         *       "avatar_url": null,
         *       "created_at": "2026-11-20T08:00:00.120551Z",
         *       "id": 2,
         *       "is_active": true,
         *       "last_seen": "2026-11-23T09:05:00.000000Z",
         *       "name": "Felix Freelancer",
         *       "role": "freelancer",
         *       "username": null
         *     }
         */
        AdminUser: {
            /** @description The user. */
            id: components["schemas"]["UserId"];
            /** @description The name to log in with; null for people of an outside issuer. */
            username: string | null;
            /** @description What others see. */
            name: string;
            /** @description The role on the platform. */
            role: components["schemas"]["PlatformRole"];
            /** @description A picture. */
            avatar_url: string | null;
            /** @description Whether their tokens count. */
            is_active: boolean;
            last_seen: components["schemas"]["Timestamp"] | null;
            /** @description Since when they are known here. */
            created_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description An uploaded file.
         * @example {
         *       "content_type": "image/jpeg",
         *       "created_at": "2026-11-23T09:10:40.120551Z",
         *       "duration_ms": null,
         *       "height": 1200,
         *       "id": "01a207ac-1c5e-7b0a-93d4-5d3e6f0c2a11",
         *       "kind": "image",
         *       "name": "Küche \"vorher\".jpg",
         *       "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *       "size": 48213,
         *       "thumbnail_url": "/api/chat/attachments/01a207ac-1c5e-7b0a-93d4-5d3e6f0c2a11/thumbnail/",
         *       "url": "/api/chat/attachments/01a207ac-1c5e-7b0a-93d4-5d3e6f0c2a11/",
         *       "waveform": null,
         *       "width": 1600
         *     }
         */
        Attachment: {
            /** @description Its id. */
            id: components["schemas"]["AttachmentId"];
            /** @description What the uploader called it. */
            name: string;
            /** @description What it is, found from its bytes. */
            content_type: string;
            /**
             * Format: int64
             * @description How long it is, in bytes.
             */
            size: number;
            /** @description What its bytes hash to, in hex. */
            sha256: string;
            /** @description What it is to people. */
            kind: components["schemas"]["AttachmentKind"];
            /**
             * Format: int32
             * @description Of a picture as it is shown, in pixels.
             */
            width: number | null;
            /**
             * Format: int32
             * @description Of a picture as it is shown, in pixels.
             */
            height: number | null;
            /**
             * Format: int64
             * @description Of a recording.
             */
            duration_ms: number | null;
            /** @description Of a recording: how loud it is from its beginning to its end, each 0 to 100. */
            waveform: number[] | null;
            /** @description Where its bytes are. */
            url: string;
            /** @description Where a small picture of it is. */
            thumbnail_url: string | null;
            /** @description When the upload began. */
            created_at: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description An uploaded file.
         */
        AttachmentId: string;
        /**
         * @description What a file is to people.
         * @enum {string}
         */
        AttachmentKind: "image" | "voice" | "file";
        /**
         * @description What is on record.
         * @example {
         *       "action": "report_reviewed",
         *       "actor_id": 9,
         *       "at": "2026-11-23T09:30:00.000000Z",
         *       "detail": {
         *         "status": "actioned"
         *       },
         *       "id": 12,
         *       "object": "01a207b4-36c1-7e0a-9f43-0b5a3d6c8e21",
         *       "request_id": "01a207b9-2f10-7c31-b1d5-1f0d2c3b4a59"
         *     }
         */
        AuditEntry: {
            /**
             * Format: int64
             * @description Its number; grows with time.
             */
            id: number;
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            actor_id: components["schemas"]["UserId"] | null;
            /** @description What: a call, or what it has changed. */
            action: string;
            /** @description The id of whom or what it was done to. */
            object: string | null;
            /** @description The `X-Request-Id` of the call. */
            request_id: string | null;
            /** @description What exactly was changed. */
            detail: Record<string, unknown> | null;
        };
        /**
         * @description One whom the caller has blocked.
         * @example {
         *       "created_at": "2026-11-23T09:20:11.501233Z",
         *       "user_id": 2
         *     }
         */
        Block: {
            /** @description Who is blocked. */
            user_id: components["schemas"]["UserId"];
            /** @description Since when. */
            created_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description The body of `PATCH participants/{user_id}/`.
         * @example {
         *       "role": "admin"
         *     }
         */
        ChangeParticipantRequest: {
            /** @description The new role. */
            role: components["schemas"]["ConversationRole"];
        };
        /**
         * @description What a person chose to show.
         * @enum {string}
         */
        ChosenStatus: "online" | "away" | "invisible";
        /** @description What a sender calls a message: 1 to 128 characters, unique per sender and conversation. */
        ClientId: string;
        /**
         * @description A conversation as the caller sees it.
         * @example {
         *       "archived": false,
         *       "created_at": "2026-11-23T09:10:13.626038Z",
         *       "id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *       "job": {
         *         "id": "7",
         *         "status": "open",
         *         "title": "Build a landing page",
         *         "url": "https://example.com/jobs/7"
         *       },
         *       "kind": "job",
         *       "last_message": {
         *         "attachments": [],
         *         "client_id": "web-1",
         *         "content": "Hello!",
         *         "conversation_id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *         "created_at": "2026-11-23T09:10:42.334689Z",
         *         "deleted_at": null,
         *         "edited_at": null,
         *         "id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *         "message_type": "text",
         *         "reactions": [],
         *         "reply_to": null,
         *         "sender": {
         *           "avatar_url": null,
         *           "id": 1,
         *           "name": "Clara Client",
         *           "role": "client"
         *         },
         *         "seq": 42
         *       },
         *       "last_seq": 42,
         *       "metadata": {
         *         "source": "bids"
         *       },
         *       "muted": false,
         *       "participant_count": 2,
         *       "participants": [
         *         {
         *           "avatar_url": null,
         *           "id": 1,
         *           "is_online": true,
         *           "last_seen": null,
         *           "name": "Clara Client",
         *           "role": "owner",
         *           "user_role": "client"
         *         },
         *         {
         *           "avatar_url": null,
         *           "id": 2,
         *           "is_online": false,
         *           "last_seen": "2026-11-23T09:05:00.000000Z",
         *           "name": "Felix Freelancer",
         *           "role": "member",
         *           "user_role": "freelancer"
         *         }
         *       ],
         *       "title": "Landing page",
         *       "unread_count": 0,
         *       "updated_at": "2026-11-23T09:10:42.334689Z"
         *     }
         */
        Conversation: {
            /** @description Its id. */
            id: components["schemas"]["ConversationId"];
            /** @description What it is. */
            kind: components["schemas"]["ConversationKind"];
            /** @description What it is called. */
            title: string | null;
            job: components["schemas"]["Job"] | null;
            /** @description Whatever the marketplace keeps with it. */
            metadata: Record<string, unknown>;
            /** @description The first twenty, the longest-serving first. */
            participants: components["schemas"]["Participant"][];
            /**
             * Format: int64
             * @description How many there are.
             */
            participant_count: number;
            last_message: components["schemas"]["Message"] | null;
            /**
             * Format: int64
             * @description How many messages of others the caller has not read, at most 1,000.
             */
            unread_count: number;
            /** @description Whether the caller wants no notice of it. */
            muted: boolean;
            /** @description Whether the caller has put it away. */
            archived: boolean;
            /** @description The head of its log. */
            last_seq: components["schemas"]["Seq"];
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description When something last happened in it. */
            updated_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description The body of `PATCH conversations/{id}/`: what is absent stays, `null` clears.
         * @example {
         *       "archived": false,
         *       "job": {
         *         "id": "7",
         *         "status": "closed",
         *         "title": "Build a landing page",
         *         "url": "https://example.com/jobs/7"
         *       },
         *       "metadata": {
         *         "source": "bids"
         *       },
         *       "muted": true,
         *       "title": null
         *     }
         */
        ConversationChanges: {
            /** @description What it is called. */
            title?: string | null;
            job?: components["schemas"]["Job"] | null;
            /** @description Whatever the marketplace keeps with it, as a whole. */
            metadata?: Record<string, unknown> | null;
            /** @description Whether the caller wants no notice of it. */
            muted?: boolean | null;
            /** @description Whether the caller has put it away. */
            archived?: boolean | null;
        };
        /**
         * Format: uuid
         * @description A conversation.
         */
        ConversationId: string;
        /**
         * @description What a conversation is.
         * @enum {string}
         */
        ConversationKind: "direct" | "group" | "job";
        /**
         * @description What a participant is in a conversation.
         * @enum {string}
         */
        ConversationRole: "owner" | "admin" | "member";
        /**
         * @description The body of `POST conversations/`.
         * @example {
         *       "job": {
         *         "id": "7",
         *         "status": "open",
         *         "title": "Build a landing page",
         *         "url": "https://example.com/jobs/7"
         *       },
         *       "kind": "job",
         *       "metadata": {
         *         "source": "bids"
         *       },
         *       "participant_ids": [
         *         2
         *       ],
         *       "title": "Landing page"
         *     }
         */
        CreateConversationRequest: {
            /** @description The other people. */
            participant_ids: components["schemas"]["UserId"][];
            kind?: components["schemas"]["ConversationKind"] | null;
            /** @description What it is called. */
            title?: string | null;
            job?: components["schemas"]["Job"] | null;
            /** @description Whatever the marketplace wants to keep with it. */
            metadata?: Record<string, unknown> | null;
            owner_id?: components["schemas"]["UserId"] | null;
            /** @description Machines alone: who those are of its people who were never seen. Others stay as they are. */
            users?: components["schemas"]["NewPerson"][] | null;
        };
        /**
         * @description The body of `POST webhooks/`.
         * @example {
         *       "description": "Mail to who is away",
         *       "events": [
         *         "chat.message_received.v1",
         *         "message.missed"
         *       ],
         *       "url": "https://hooks.example.com/chat"
         *     }
         */
        CreateWebhookRequest: {
            /** @description Where events are posted to. */
            url: string;
            /** @description Which types; all, if it is absent. */
            events?: string[] | null;
            /** @description What it is for. */
            description?: string;
            /** @description `whsec_` and 24 to 64 bytes in base64; drawn, if it is absent. */
            secret?: string | null;
        };
        /**
         * Format: int64
         * @description An event for a webhook: its number, which grows with time.
         */
        DeliveryId: number;
        /**
         * @description What became of an event for an endpoint.
         * @enum {string}
         */
        DeliveryStatus: "waiting" | "delivered" | "failed";
        /**
         * @description The answer to `POST attachments/uploads/`: where the bytes are to be sent, and how.
         * @example {
         *       "expires_at": "2026-11-23T09:25:42.000000Z",
         *       "headers": {
         *         "content-type": "application/octet-stream"
         *       },
         *       "id": "01a207ac-3b10-7d2c-a1f0-4e5a6b7c8d03",
         *       "method": "PUT",
         *       "url": "https://files.example.com/chat/01a207ac-3b10-7d2c-a1f0-4e5a6b7c8d03.upload?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=2f9c"
         *     }
         */
        DirectUpload: {
            /** @description The id that the attachment will have. */
            id: components["schemas"]["AttachmentId"];
            /** @description Where. */
            url: string;
            /** @description `PUT`. */
            method: string;
            /** @description Headers that the request must carry as they stand here. */
            headers: {
                [key: string]: string;
            };
            /** @description Until when the URL is good. */
            expires_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description The body of `POST attachments/uploads/`, before it is checked.
         * @example {
         *       "name": "plan.pdf",
         *       "size": 7340032
         *     }
         */
        DirectUploadRequest: {
            /** @description What the file is called. */
            name: string;
            /**
             * Format: int64
             * @description How long it is, in bytes.
             */
            size: number;
        };
        /**
         * @description Why an endpoint gets nothing.
         * @enum {string}
         */
        DisabledReason: "requested" | "gone" | "failing";
        /**
         * @description The body of `PATCH messages/{id}/`.
         * @example {
         *       "content": "Hello there!"
         *     }
         */
        EditMessageRequest: {
            /** @description The new text, kept as sent. */
            content: string;
        };
        /**
         * @description What went wrong, in the one word that clients switch on.
         * @enum {string}
         */
        ErrorCode: "not_authenticated" | "permission_denied" | "blocked" | "not_found" | "invalid" | "conflict" | "too_large" | "unsupported_media_type" | "rate_limited" | "unavailable" | "method_not_allowed";
        /** @description A durable event, as a frame. Each type has fields of its own beside these; `message_received` has `message`. */
        EventFrame: {
            /** @description Which event. */
            type: string;
            /** @description Where. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description Its position in the log. */
            seq: components["schemas"]["Seq"];
            actor_id: components["schemas"]["UserId"] | null;
        };
        /** @description The form, for the document alone. */
        FileForm: {
            /**
             * Format: binary
             * @description The file; its name is that of its `filename`.
             */
            file: string;
        };
        /** @description A message that was found. */
        FoundMessage: components["schemas"]["Message"] & {
            /** @description A piece of its text as HTML: escaped, with `<mark>` around what was found. */
            highlight: string;
        };
        /** @description The answer to `POST ticket/`. */
        IssuedTicket: {
            /** @description For `?ticket=` in the address of a socket. */
            ticket: string;
            /** @description Until when it is good. */
            expires_at: components["schemas"]["Timestamp"];
        };
        /** @description The job that a conversation is about. */
        Job: {
            /** @description The marketplace's id of it: a string or an integer, returned as given. */
            id: string | number;
            /** @description What it is called. */
            title?: string | null;
            /** @description How it stands, in the marketplace's words. */
            status?: string | null;
            /** @description Where it is shown; http or https. */
            url?: string | null;
        };
        /** @description The log, with what proves that it is whole. */
        LogPage: components["schemas"]["Page_EventFrame"] & {
            /** @description The oldest position that the log still has. */
            first_seq: components["schemas"]["Seq"];
            /** @description The head of the log. */
            last_seq: components["schemas"]["Seq"];
            /**
             * Format: int64
             * @description Which life of the log positions belong to.
             */
            log_epoch: number;
        };
        /**
         * @description The body of `mark_as_read`, on REST and sockets, before it is checked.
         * @example {
         *       "message_ids": [
         *         "01a207ab-e000-7000-8000-000000000001",
         *         "01a207ab-ff9c-77c3-ab89-c5f535c17005"
         *       ]
         *     }
         */
        MarkAsReadRequest: {
            /** @description Just these. */
            message_ids?: string[] | null;
            /** @description Everything up to and with this position or message. */
            up_to?: string | number | null;
        };
        /**
         * @description The answer to `mark_as_read`.
         * @example {
         *       "marked": 3,
         *       "unread_count": 0
         *     }
         */
        MarkedAsRead: {
            /**
             * Format: int64
             * @description How many were not read before.
             */
            marked: number;
            /**
             * Format: int64
             * @description How many are left, at most 1,000.
             */
            unread_count: number;
        };
        /**
         * @description A message as clients see it, on every transport.
         * @example {
         *       "attachments": [],
         *       "client_id": "web-1",
         *       "content": "Hello!",
         *       "conversation_id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *       "created_at": "2026-11-23T09:10:42.334689Z",
         *       "deleted_at": null,
         *       "edited_at": null,
         *       "id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *       "message_type": "text",
         *       "reactions": [],
         *       "reply_to": null,
         *       "sender": {
         *         "avatar_url": null,
         *         "id": 1,
         *         "name": "Clara Client",
         *         "role": "client"
         *       },
         *       "seq": 42
         *     }
         */
        Message: {
            /** @description Its id. */
            id: components["schemas"]["MessageId"];
            /** @description Where it was said. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description Its position in the log. */
            seq: components["schemas"]["Seq"];
            /** @description The text, as sent; empty when deleted. */
            content: string;
            /** @description What it is. */
            message_type: components["schemas"]["MessageType"];
            sender: components["schemas"]["Sender"] | null;
            /** @description Files that came with it. */
            attachments: components["schemas"]["Attachment"][];
            reply_to: components["schemas"]["MessageId"] | null;
            /** @description Reactions, one row a kind. */
            reactions: components["schemas"]["Reaction"][];
            client_id: components["schemas"]["ClientId"] | null;
            /** @description When it was stored. */
            created_at: components["schemas"]["Timestamp"];
            edited_at: components["schemas"]["Timestamp"] | null;
            deleted_at: components["schemas"]["Timestamp"] | null;
        };
        /**
         * Format: uuid
         * @description A message; equal to the id of the command that sent it.
         */
        MessageId: string;
        /** @description A page of either. */
        MessageList: components["schemas"]["Page_FoundMessage"] | components["schemas"]["Page_Message"];
        /**
         * @description What a message is.
         * @enum {string}
         */
        MessageType: "text" | "image" | "file" | "voice" | "system";
        /** @description Somebody whom a machine brings along with a conversation. */
        NewPerson: {
            /** @description The user. */
            id: components["schemas"]["UserId"];
            /** @description What others see. */
            name: string;
            /** @description `client` or `freelancer`. */
            role?: components["schemas"]["PlatformRole"];
            /** @description A picture. */
            avatar_url?: string | null;
        };
        /**
         * @description What a person sees of oneself after a choice.
         * @example {
         *       "is_online": false,
         *       "last_seen": "2026-11-23T09:10:42.334689Z",
         *       "status": "invisible",
         *       "user_id": 1
         *     }
         */
        OwnPresence: {
            /** @description The caller. */
            user_id: components["schemas"]["UserId"];
            /** @description Whether others see the caller; null where that is not known. */
            is_online: boolean | null;
            last_seen: components["schemas"]["Timestamp"] | null;
            /** @description What was chosen. */
            status: components["schemas"]["ChosenStatus"];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_AdminConversation: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["AdminConversation"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_AdminReport: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["AdminReport"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_AdminUser: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["AdminUser"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_AuditEntry: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["AuditEntry"][];
        };
        /**
         * @description One page of a list. Pages are asked for by following `next` and `previous`.
         * @example {
         *       "next": null,
         *       "previous": null,
         *       "results": [
         *         {
         *           "created_at": "2026-11-23T09:20:11.501233Z",
         *           "user_id": 2
         *         }
         *       ]
         *     }
         */
        Page_Block: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["Block"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_Conversation: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["Conversation"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_EventFrame: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["EventFrame"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_FoundMessage: {
            /** @description The page after this one. */
            next?: string | null;
            /** @description The page before this one. */
            previous?: string | null;
            /** @description The rows. */
            results: components["schemas"]["FoundMessage"][];
        };
        /**
         * @description One page of a list. Pages are asked for by following `next` and `previous`.
         * @example {
         *       "next": "http://127.0.0.1:8000/api/chat/conversations/01a207ab-8f4e-7128-a65e-ab007adeb3cd/messages/?cursor=eyJwIjo0MiwiYiI6ZmFsc2V9",
         *       "previous": null,
         *       "results": [
         *         {
         *           "attachments": [],
         *           "client_id": "web-1",
         *           "content": "Hello!",
         *           "conversation_id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *           "created_at": "2026-11-23T09:10:42.334689Z",
         *           "deleted_at": null,
         *           "edited_at": null,
         *           "id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *           "message_type": "text",
         *           "reactions": [],
         *           "reply_to": null,
         *           "sender": {
         *             "avatar_url": null,
         *             "id": 1,
         *             "name": "Clara Client",
         *             "role": "client"
         *           },
         *           "seq": 42
         *         }
         *       ]
         *     }
         */
        Page_Message: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["Message"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_Participant: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["Participant"][];
        };
        /**
         * @description One page of a list. Pages are asked for by following `next` and `previous`.
         * @example {
         *       "next": null,
         *       "previous": null,
         *       "results": [
         *         {
         *           "is_online": true,
         *           "last_seen": null,
         *           "status": "away",
         *           "user_id": 1
         *         },
         *         {
         *           "is_online": false,
         *           "last_seen": "2026-11-23T09:10:42.334689Z",
         *           "status": "offline",
         *           "user_id": 2
         *         }
         *       ]
         *     }
         */
        Page_PresenceRow: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["PresenceRow"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_PushSubscription: {
            /** @description The page after this one. */
            next?: string | null;
            /** @description The page before this one. */
            previous?: string | null;
            /** @description The rows. */
            results: components["schemas"]["PushSubscription"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_Webhook: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["Webhook"][];
        };
        /** @description One page of a list. Pages are asked for by following `next` and `previous`. */
        Page_WebhookDelivery: {
            /** @description The page after this one. */
            next: string | null;
            /** @description The page before this one. */
            previous: string | null;
            /** @description The rows. */
            results: components["schemas"]["WebhookDelivery"][];
        };
        /**
         * @description One participant in a conversation's row.
         * @example {
         *       "avatar_url": null,
         *       "id": 3,
         *       "is_online": false,
         *       "last_seen": null,
         *       "name": "Ann Agent",
         *       "role": "member",
         *       "user_role": "freelancer"
         *     }
         */
        Participant: {
            /** @description The user. */
            id: components["schemas"]["UserId"];
            /** @description What others see. */
            name: string;
            /** @description A picture. */
            avatar_url: string | null;
            /** @description The role in the conversation. */
            role: components["schemas"]["ConversationRole"];
            /** @description The role on the platform. */
            user_role: components["schemas"]["PlatformRole"];
            /** @description Whether a socket is open; null where the caller may not know. */
            is_online: boolean | null;
            last_seen: components["schemas"]["Timestamp"] | null;
        };
        /**
         * @description The answer to `GET` and `POST participants/`: all of them, the longest-serving first.
         * @example {
         *       "participants": [
         *         {
         *           "avatar_url": null,
         *           "id": 1,
         *           "is_online": true,
         *           "last_seen": null,
         *           "name": "Clara Client",
         *           "role": "owner",
         *           "user_role": "client"
         *         },
         *         {
         *           "avatar_url": null,
         *           "id": 2,
         *           "is_online": false,
         *           "last_seen": "2026-11-23T09:05:00.000000Z",
         *           "name": "Felix Freelancer",
         *           "role": "member",
         *           "user_role": "freelancer"
         *         },
         *         {
         *           "avatar_url": null,
         *           "id": 3,
         *           "is_online": false,
         *           "last_seen": null,
         *           "name": "Ann Agent",
         *           "role": "member",
         *           "user_role": "freelancer"
         *         }
         *       ]
         *     }
         */
        Participants: {
            /** @description Everyone. */
            participants: components["schemas"]["Participant"][];
        };
        /**
         * @description What a person is on the platform.
         * @enum {string}
         */
        PlatformRole: "client" | "freelancer" | "admin" | "service";
        /** @description What is shown of one person. */
        PresenceRow: {
            /** @description Who. */
            user_id: components["schemas"]["UserId"];
            /** @description Whether the person is here. */
            is_online: boolean;
            last_seen: components["schemas"]["Timestamp"] | null;
            /** @description The same in more detail. */
            status: components["schemas"]["PresenceStatus"];
        };
        /**
         * @description What others see.
         * @enum {string}
         */
        PresenceStatus: "online" | "away" | "offline";
        /**
         * @description `application/problem+json` (RFC 9457).
         * @example {
         *       "code": "invalid",
         *       "detail": "content: May not be blank.",
         *       "errors": {
         *         "content": [
         *           "May not be blank."
         *         ]
         *       },
         *       "status": 400,
         *       "title": "Invalid input",
         *       "type": "urn:workconnect:problem:invalid"
         *     }
         */
        Problem: {
            /** @description A URI that names the kind of problem. */
            type: string;
            /** @description The kind in words. */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description What happened. */
            detail: string;
            /** @description The code. */
            code: components["schemas"]["ErrorCode"];
            /** @description Which fields were wrong. */
            errors?: {
                [key: string]: string[];
            };
            /** @description `unknown` when a write got no answer: it may or may not have happened. */
            outcome?: string | null;
            /** @description The id with which to repeat such a write safely. */
            client_id?: string | null;
            /**
             * Format: int64
             * @description When to come back, in milliseconds: where it was too much, too fast.
             */
            retry_after_ms?: number | null;
        };
        /**
         * @description What browsers subscribe with.
         * @example {
         *       "public_key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
         *     }
         */
        PushKey: {
            /** @description `applicationServerKey`: a point of the curve P-256, uncompressed, in base64url. */
            public_key: string;
        };
        /** @description What messages for a browser are encrypted with. */
        PushKeys: {
            /** @description The browser's public key, a point of the curve P-256, uncompressed, in base64url. */
            p256dh: string;
            /** @description 16 bytes in base64url. */
            auth: string;
        };
        /**
         * @description A browser that somebody wants to be told in.
         * @example {
         *       "created_at": "2026-11-23T09:10:54.334689Z",
         *       "expires_at": "2026-11-21T10:40:00.000000Z",
         *       "id": "01a207ab-f300-7000-8000-000000000001",
         *       "service": "https://push.example.net"
         *     }
         */
        PushSubscription: {
            /** @description Its id. */
            id: components["schemas"]["PushSubscriptionId"];
            /** @description The browser's push service: scheme and host of its address alone, because the whole address is a secret. */
            service: string;
            expires_at: components["schemas"]["Timestamp"] | null;
            /** @description Since when. */
            created_at: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description A browser that somebody wants to be told in.
         */
        PushSubscriptionId: string;
        /**
         * @description What the browser's `PushSubscription` is as JSON.
         * @example {
         *       "endpoint": "https://push.example.net/send/8f1c",
         *       "expirationTime": 1795257600000,
         *       "keys": {
         *         "auth": "BTBZMqHH6r4Tts7J_aSIgg",
         *         "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
         *       }
         *     }
         */
        PushSubscriptionRequest: {
            /** @description Where the browser's push service takes messages for it. */
            endpoint: string;
            /** @description What messages are encrypted with. */
            keys: components["schemas"]["PushKeys"];
            /**
             * Format: int64
             * @description When it ends, in milliseconds since 1970, if that is known.
             */
            expirationTime?: number | null;
        };
        /**
         * @description The body of `PUT users/{id}/`: all that others see of somebody.
         * @example {
         *       "avatar_url": "https://example.com/felix.png",
         *       "is_active": true,
         *       "name": "Felix Freelancer",
         *       "role": "freelancer"
         *     }
         */
        PutUserRequest: {
            /** @description What others see. */
            name: string;
            /** @description `client` or `freelancer`. */
            role: components["schemas"]["PlatformRole"];
            /** @description A picture; none, if it is absent. */
            avatar_url?: string | null;
            /** @description False locks the person out; absent leaves it as it is. */
            is_active?: boolean | null;
        };
        /** @description One kind of reaction on a message. */
        Reaction: {
            /** @description The emoji. */
            emoji: string;
            /**
             * Format: int32
             * @description How many people.
             */
            count: number;
            /** @description Whether the caller is one of them. */
            me: boolean;
        };
        /**
         * @description The body of `POST webhooks/{id}/redeliver/`.
         * @example {
         *       "since": "2026-11-23T09:30:00.000000Z"
         *     }
         */
        RedeliverRequest: {
            /** @description What happened since then and could not be delivered is tried again. */
            since: components["schemas"]["Timestamp"];
        };
        /**
         * @description How much of that there was.
         * @example {
         *       "has_more": false,
         *       "redelivered": 37
         *     }
         */
        Redelivered: {
            /**
             * Format: int64
             * @description How many events are tried again.
             */
            redelivered: number;
            /** @description Whether there are more: ask again. */
            has_more: boolean;
        };
        /** @description The body of `POST token/refresh/` and of `POST logout/`. */
        RefreshRequest: {
            /** @description The newest refresh token of the log-in. */
            refresh: string;
        };
        /** @description The body of `POST register/`. */
        RegisterRequest: {
            /** @description At most 150 characters; unique, whatever the case of its letters. */
            username: string;
            /**
             * Format: password
             * @description At least 8 characters.
             */
            password: string;
            /** @description What others see; the username, if it is absent. */
            name?: string | null;
            /** @description `client` (if absent) or `freelancer`. */
            role?: string | null;
        };
        /**
         * @description What the caller has reported.
         * @example {
         *       "created_at": "2026-11-23T09:20:11.501233Z",
         *       "id": "01a207b4-36c1-7e0a-9f43-0b5a3d6c8e21",
         *       "message_id": "01a207ab-ff9c-77c3-ab89-c5f535c17005",
         *       "reason": "Asks to be paid elsewhere"
         *     }
         */
        Report: {
            /** @description Its id. */
            id: components["schemas"]["ReportId"];
            /** @description The message. */
            message_id: components["schemas"]["MessageId"];
            /** @description What is wrong with it, in the caller's words. */
            reason: string;
            /** @description When it was reported. */
            created_at: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description What somebody has reported.
         */
        ReportId: string;
        /**
         * @description The body of `POST messages/{id}/report/`.
         * @example {
         *       "reason": "Asks to be paid elsewhere"
         *     }
         */
        ReportRequest: {
            /** @description What is wrong with the message. */
            reason: string;
        };
        /**
         * @description How a report stands.
         * @enum {string}
         */
        ReportStatus: "open" | "dismissed" | "actioned";
        /**
         * @description The body of `PATCH reports/{id}/`.
         * @example {
         *       "note": "Warned",
         *       "status": "actioned"
         *     }
         */
        ReviewReportRequest: {
            /** @description How it is to stand. */
            status: components["schemas"]["ReportStatus"];
            /** @description Why; absent leaves what is there. */
            note?: string | null;
        };
        /**
         * @description The body of `send_message`, on REST and sockets, before it is checked.
         * @example {
         *       "client_id": "web-1",
         *       "content": "Hello!",
         *       "message_type": "text"
         *     }
         */
        SendMessageRequest: {
            /** @description The text. */
            content?: string | null;
            /** @description `text`, `image`, `file` or `voice`; of machines `system`. */
            message_type?: string | null;
            /** @description The sender's own id for it. */
            client_id?: string | null;
            /** @description What was uploaded before. */
            attachment_ids?: string[] | null;
            /** @description The message that this answers. */
            reply_to?: string | null;
        };
        /** @description Who said something. */
        Sender: {
            /** @description The user. */
            id: components["schemas"]["UserId"];
            /** @description What others see. */
            name: string;
            /** @description A picture, http or https. */
            avatar_url: string | null;
            /** @description The role on the platform. */
            role: components["schemas"]["PlatformRole"];
        };
        /**
         * Format: int64
         * @description The position of a durable event in its conversation's log: 1, 2, 3, … without holes.
         */
        Seq: number;
        /**
         * @description `PATCH presence/`.
         * @example {
         *       "status": "invisible"
         *     }
         */
        SetPresenceRequest: {
            /** @description What to show. */
            status: components["schemas"]["ChosenStatus"];
        };
        /**
         * Format: date-time
         * @description A point in time, in microseconds (what Postgres keeps).
         */
        Timestamp: string;
        /** @description The body of `POST token/`. */
        TokenRequest: {
            /** @description In any case of letters. */
            username: string;
            /** Format: password */
            password: string;
        };
        /** @description The answer to `POST token/` and to `POST token/refresh/`. */
        Tokens: {
            /** @description For `Authorization: Bearer` and for sockets. */
            access: string;
            /** @description For the next pair. */
            refresh: string;
        };
        /**
         * @description The answer to `GET unread/`: what is unread and not muted.
         * @example {
         *       "conversations": [
         *         {
         *           "id": "01a207ab-8f4e-7128-a65e-ab007adeb3cd",
         *           "unread_count": 3
         *         },
         *         {
         *           "id": "01a207ab-a000-7000-8000-000000000002",
         *           "unread_count": 4
         *         }
         *       ],
         *       "total": 7
         *     }
         */
        Unread: {
            /**
             * Format: int64
             * @description The sum over the conversations.
             */
            total: number;
            /** @description Those with anything unread, newest activity first. */
            conversations: components["schemas"]["UnreadConversation"][];
        };
        /** @description What is unread in one conversation. */
        UnreadConversation: {
            /** @description Which. */
            id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description How many messages, at most 1,000.
             */
            unread_count: number;
        };
        /**
         * Format: int64
         * @description A user: an integer from 1 to 2^53-1, so that every JSON reader keeps it exact.
         */
        UserId: number;
        /**
         * @description An endpoint.
         * @example {
         *       "created_at": "2026-11-23T09:30:00.000000Z",
         *       "description": "Mail to who is away",
         *       "disabled_at": null,
         *       "disabled_reason": null,
         *       "enabled": true,
         *       "events": [
         *         "chat.message_received.v1",
         *         "message.missed"
         *       ],
         *       "failing_since": null,
         *       "id": "01a207b4-36c1-7e0a-9f43-0b5a3d6c8e30",
         *       "previous_secret_until": null,
         *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         *       "url": "https://hooks.example.com/chat"
         *     }
         */
        Webhook: {
            /** @description Its id. */
            id: components["schemas"]["WebhookId"];
            /** @description Where events are posted to. */
            url: string;
            /** @description Which types; null: all. */
            events: string[] | null;
            /** @description What it is for. */
            description: string;
            /** @description `whsec_` and the key in base64: when it was just made or made anew. It is not shown again. */
            secret: string | null;
            previous_secret_until: components["schemas"]["Timestamp"] | null;
            /** @description Whether it gets anything. */
            enabled: boolean;
            disabled_reason: components["schemas"]["DisabledReason"] | null;
            disabled_at: components["schemas"]["Timestamp"] | null;
            failing_since: components["schemas"]["Timestamp"] | null;
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description The body of `PATCH webhooks/{id}/`: what is absent stays.
         * @example {
         *       "description": "Everything",
         *       "enabled": true,
         *       "events": null,
         *       "url": "https://hooks.example.com/chat2"
         *     }
         */
        WebhookChanges: {
            /** @description Where events are posted to. */
            url?: string | null;
            /** @description Which types; null: all. */
            events?: string[] | null;
            /** @description What it is for. */
            description?: string | null;
            /** @description Whether it gets anything. */
            enabled?: boolean | null;
        };
        /**
         * @description An event for an endpoint.
         * @example {
         *       "attempts": 2,
         *       "conversation_id": "01a207b4-36c1-7e0a-9f43-0b5a3d6c8e22",
         *       "error": "refused",
         *       "event_id": "01a207b4-36c1-7e0a-9f43-0b5a3d6c8e21",
         *       "id": 4711,
         *       "last_attempt_at": "2026-11-23T09:30:05.000000Z",
         *       "next_attempt_at": "2026-11-23T09:35:01.000000Z",
         *       "occurred_at": "2026-11-23T09:30:00.000000Z",
         *       "response_status": 503,
         *       "seq": 12,
         *       "status": "waiting",
         *       "type": "chat.message_received.v1"
         *     }
         */
        WebhookDelivery: {
            /** @description Its number; grows with time. */
            id: components["schemas"]["DeliveryId"];
            /**
             * Format: uuid
             * @description The event: the `webhook-id`, the same at every attempt.
             */
            event_id: string;
            /** @description Which event. */
            type: string;
            /** @description When it happened. */
            occurred_at: components["schemas"]["Timestamp"];
            conversation_id: components["schemas"]["ConversationId"] | null;
            seq: components["schemas"]["Seq"] | null;
            /** @description What became of it. */
            status: components["schemas"]["DeliveryStatus"];
            /**
             * Format: int32
             * @description How often it was tried since it was last begun.
             */
            attempts: number;
            last_attempt_at: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int32
             * @description The status of the last answer.
             */
            response_status: number | null;
            /** @description What was wrong with the last attempt. */
            error: string | null;
            next_attempt_at: components["schemas"]["Timestamp"] | null;
        };
        /**
         * Format: uuid
         * @description An address that events are posted to.
         */
        WebhookId: string;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Account = components['schemas']['Account'];
export type AddParticipantsRequest = components['schemas']['AddParticipantsRequest'];
export type AdminConversation = components['schemas']['AdminConversation'];
export type AdminReport = components['schemas']['AdminReport'];
export type AdminReportInContext = components['schemas']['AdminReportInContext'];
export type AdminUser = components['schemas']['AdminUser'];
export type Attachment = components['schemas']['Attachment'];
export type AttachmentId = components['schemas']['AttachmentId'];
export type AttachmentKind = components['schemas']['AttachmentKind'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type Block = components['schemas']['Block'];
export type ChangeParticipantRequest = components['schemas']['ChangeParticipantRequest'];
export type ChosenStatus = components['schemas']['ChosenStatus'];
export type ClientId = components['schemas']['ClientId'];
export type Conversation = components['schemas']['Conversation'];
export type ConversationChanges = components['schemas']['ConversationChanges'];
export type ConversationId = components['schemas']['ConversationId'];
export type ConversationKind = components['schemas']['ConversationKind'];
export type ConversationRole = components['schemas']['ConversationRole'];
export type CreateConversationRequest = components['schemas']['CreateConversationRequest'];
export type CreateWebhookRequest = components['schemas']['CreateWebhookRequest'];
export type DeliveryId = components['schemas']['DeliveryId'];
export type DeliveryStatus = components['schemas']['DeliveryStatus'];
export type DirectUpload = components['schemas']['DirectUpload'];
export type DirectUploadRequest = components['schemas']['DirectUploadRequest'];
export type DisabledReason = components['schemas']['DisabledReason'];
export type EditMessageRequest = components['schemas']['EditMessageRequest'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type EventFrame = components['schemas']['EventFrame'];
export type FileForm = components['schemas']['FileForm'];
export type FoundMessage = components['schemas']['FoundMessage'];
export type IssuedTicket = components['schemas']['IssuedTicket'];
export type Job = components['schemas']['Job'];
export type LogPage = components['schemas']['LogPage'];
export type MarkAsReadRequest = components['schemas']['MarkAsReadRequest'];
export type MarkedAsRead = components['schemas']['MarkedAsRead'];
export type Message = components['schemas']['Message'];
export type MessageId = components['schemas']['MessageId'];
export type MessageList = components['schemas']['MessageList'];
export type MessageType = components['schemas']['MessageType'];
export type NewPerson = components['schemas']['NewPerson'];
export type OwnPresence = components['schemas']['OwnPresence'];
export type PageAdminConversation = components['schemas']['Page_AdminConversation'];
export type PageAdminReport = components['schemas']['Page_AdminReport'];
export type PageAdminUser = components['schemas']['Page_AdminUser'];
export type PageAuditEntry = components['schemas']['Page_AuditEntry'];
export type PageBlock = components['schemas']['Page_Block'];
export type PageConversation = components['schemas']['Page_Conversation'];
export type PageEventFrame = components['schemas']['Page_EventFrame'];
export type PageFoundMessage = components['schemas']['Page_FoundMessage'];
export type PageMessage = components['schemas']['Page_Message'];
export type PageParticipant = components['schemas']['Page_Participant'];
export type PagePresenceRow = components['schemas']['Page_PresenceRow'];
export type PagePushSubscription = components['schemas']['Page_PushSubscription'];
export type PageWebhook = components['schemas']['Page_Webhook'];
export type PageWebhookDelivery = components['schemas']['Page_WebhookDelivery'];
export type Participant = components['schemas']['Participant'];
export type Participants = components['schemas']['Participants'];
export type PlatformRole = components['schemas']['PlatformRole'];
export type PresenceRow = components['schemas']['PresenceRow'];
export type PresenceStatus = components['schemas']['PresenceStatus'];
export type Problem = components['schemas']['Problem'];
export type PushKey = components['schemas']['PushKey'];
export type PushKeys = components['schemas']['PushKeys'];
export type PushSubscription = components['schemas']['PushSubscription'];
export type PushSubscriptionId = components['schemas']['PushSubscriptionId'];
export type PushSubscriptionRequest = components['schemas']['PushSubscriptionRequest'];
export type PutUserRequest = components['schemas']['PutUserRequest'];
export type Reaction = components['schemas']['Reaction'];
export type RedeliverRequest = components['schemas']['RedeliverRequest'];
export type Redelivered = components['schemas']['Redelivered'];
export type RefreshRequest = components['schemas']['RefreshRequest'];
export type RegisterRequest = components['schemas']['RegisterRequest'];
export type Report = components['schemas']['Report'];
export type ReportId = components['schemas']['ReportId'];
export type ReportRequest = components['schemas']['ReportRequest'];
export type ReportStatus = components['schemas']['ReportStatus'];
export type ReviewReportRequest = components['schemas']['ReviewReportRequest'];
export type SendMessageRequest = components['schemas']['SendMessageRequest'];
export type Sender = components['schemas']['Sender'];
export type Seq = components['schemas']['Seq'];
export type SetPresenceRequest = components['schemas']['SetPresenceRequest'];
export type Timestamp = components['schemas']['Timestamp'];
export type TokenRequest = components['schemas']['TokenRequest'];
export type Tokens = components['schemas']['Tokens'];
export type Unread = components['schemas']['Unread'];
export type UnreadConversation = components['schemas']['UnreadConversation'];
export type UserId = components['schemas']['UserId'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookChanges = components['schemas']['WebhookChanges'];
export type WebhookDelivery = components['schemas']['WebhookDelivery'];
export type WebhookId = components['schemas']['WebhookId'];
export type $defs = Record<string, never>;
export interface operations {
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            /** @description It was made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are no accounts here: others say who people are */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The username is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description A pair of tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Wrong username or password */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are no accounts here: others say who people are */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description A pair of tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not a good refresh token */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are no accounts here: others say who people are */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    log_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description Logged out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not a good refresh token */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are no accounts here: others say who people are */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_ticket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description For `?ticket=` */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedTicket"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description You */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_conversations: {
        parameters: {
            query?: {
                /** @description About this job. */
                job_id?: string;
                /** @description With this person. */
                participant?: components["schemas"]["UserId"];
                /** @description With this in the title or a participant's name. */
                search?: string;
                /** @description Put away, or not. */
                archived?: boolean;
                /** @description With something unread, or without. */
                unread?: boolean;
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Conversation"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateConversationRequest"];
            };
        };
        responses: {
            /** @description It was there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description It began */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `owner_id` and `users` are for machines alone */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As you see it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted, or put away */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not with your role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConversationChanges"];
            };
        };
        responses: {
            /** @description As you see it now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not with your role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_participants: {
        parameters: {
            query?: {
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Participant"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_participants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddParticipantsRequest"];
            };
        };
        responses: {
            /** @description All who take part now */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Participants"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not with your role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The pair of a direct conversation is fixed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_participant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
                /** @description The person */
                user_id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Takes part no longer */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not with your role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The pair of a direct conversation is fixed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_participant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
                /** @description The person */
                user_id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeParticipantRequest"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Participant"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not with your role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not in a direct conversation, and not the owner's own role */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    mark_as_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["MarkAsReadRequest"];
            };
        };
        responses: {
            /** @description How many were marked, and how many are left */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarkedAsRead"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_unread: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By conversation, and in all */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unread"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_messages: {
        parameters: {
            query?: {
                /** @description Exclusive; begins here, newest first. */
                before_seq?: components["schemas"]["Seq"];
                /** @description Exclusive; begins here, oldest first. */
                after_seq?: components["schemas"]["Seq"];
                /** @description Another order than that. */
                order?: "asc" | "desc";
                /** @description A position or a message's id, which is then in the middle of the page. */
                around?: string;
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Message"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @description Exclusive; begins here, newest first. */
                before_seq?: components["schemas"]["Seq"];
                /** @description Exclusive; begins here, oldest first. */
                after_seq?: components["schemas"]["Seq"];
                /** @description Another order than that. */
                order?: "asc" | "desc";
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it, and the ends of the log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same as `client_id` */
                "Idempotency-Key"?: components["schemas"]["ClientId"] | null;
            };
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendMessageRequest"];
            };
        };
        responses: {
            /** @description Its `client_id` was known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description It is committed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted, now or before */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not with your role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditMessageRequest"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not yours, or one of the two of you has blocked the other, or a moderator refused it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is deleted, or too old */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_reaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: components["schemas"]["MessageId"];
                /**
                 * @description One emoji or several, percent-encoded
                 * @example 👍
                 */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message; the reaction is there, now or before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description No emoji */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description One of the two of you has blocked the other */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is deleted, or has 20 other kinds of reactions */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_reaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: components["schemas"]["MessageId"];
                /**
                 * @description The same emoji, percent-encoded
                 * @example 👍
                 */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is not there, or not any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No emoji */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    report_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportRequest"];
            };
        };
        responses: {
            /** @description Your first report of this message */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            /** @description Your report */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_blocks: {
        parameters: {
            query?: {
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Block"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    block_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The person */
                user_id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The block that was there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Block"];
                };
            };
            /** @description The block */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Block"];
                };
            };
            /** @description Yourself */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unblock_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The person */
                user_id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no block of yours, or not any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_all_messages: {
        parameters: {
            query?: {
                /** @description Of this conversation. */
                conversation?: components["schemas"]["ConversationId"];
                /** @description Of this person. */
                sender?: components["schemas"]["UserId"];
                /** @description Of this type. */
                message_type?: components["schemas"]["MessageType"];
                /** @description Stored then or later. */
                since?: components["schemas"]["Timestamp"];
                /** @description Stored before. */
                until?: components["schemas"]["Timestamp"];
                /**
                 * @description With all of these words. `roo*` is the beginning of one, and so is the last word; `"a phrase"` is in this order; `-word` must
                 *     not be there. Accents and case do not matter.
                 * @example "red roof" -tile
                 */
                search?: string;
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them; with `search` each has a `highlight` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageList"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_presence: {
        parameters: {
            query?: {
                /**
                 * @description These people, with commas between them; at most 500. Everyone, if it is absent.
                 * @example 1,2
                 */
                user_ids?: string;
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them; of those named, all on one */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PresenceRow"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_presence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetPresenceRequest"];
            };
        };
        responses: {
            /** @description Your own row */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnPresence"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_attachment: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["FileForm"];
            };
        };
        responses: {
            /** @description What may be sent now with a message */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attachment"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin_direct_upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DirectUploadRequest"];
            };
        };
        responses: {
            /** @description Where to send exactly so many bytes */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DirectUpload"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no S3 store */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    complete_direct_upload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The upload */
                id: components["schemas"]["AttachmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was completed before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attachment"];
                };
            };
            /** @description What may be sent now with a message */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attachment"];
                };
            };
            /** @description Other than so many bytes arrived */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nothing has arrived yet, or somebody else is completing it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much arrived */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_attachment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The attachment */
                id: components["schemas"]["AttachmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": number[];
                };
            };
            /** @description The part that was asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": number[];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_thumbnail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The attachment */
                id: components["schemas"]["AttachmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description JPEG, or WebP where something shows through */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": number[];
                    "image/webp": number[];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_push_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What `pushManager.subscribe` is given */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushKey"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is told here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_push_subscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PushSubscription"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is told here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    subscribe_to_push: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PushSubscriptionRequest"];
            };
        };
        responses: {
            /** @description It was before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushSubscription"];
                };
            };
            /** @description It is told from now on */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushSubscription"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is told here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unsubscribe_from_push: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The subscription */
                id: components["schemas"]["PushSubscriptionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_schema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, unknown>;
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description How the name begins, or the whole username or id. */
                search?: string;
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them, by id */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AdminUser"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The person */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As they are now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUser"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The person */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutUserRequest"];
            };
        };
        responses: {
            /** @description As they are now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUser"];
                };
            };
            /** @description Never seen before */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminUser"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A machine, or an administrator who would be locked out */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_reports: {
        parameters: {
            query?: {
                /** @description That stand so. */
                status?: components["schemas"]["ReportStatus"];
                /** @description Of what was said here. */
                conversation?: components["schemas"]["ConversationId"];
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AdminReport"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The report */
                id: components["schemas"]["ReportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is needed to decide it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminReportInContext"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    review_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The report */
                id: components["schemas"]["ReportId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReviewReportRequest"];
            };
        };
        responses: {
            /** @description As it stands now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminReport"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_all_conversations: {
        parameters: {
            query?: {
                /** @description With this person. */
                participant?: components["schemas"]["UserId"];
                /** @description About this job. */
                job_id?: string;
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AdminConversation"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_any_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As nobody in particular sees it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminConversation"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_messages_of_any: {
        parameters: {
            query?: {
                /** @description Exclusive; begins here, newest first. */
                before_seq?: components["schemas"]["Seq"];
                /** @description Exclusive; begins here, oldest first. */
                after_seq?: components["schemas"]["Seq"];
                /** @description Another order than that. */
                order?: "asc" | "desc";
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Message"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events_of_any: {
        parameters: {
            query?: {
                /** @description Exclusive; begins here, newest first. */
                before_seq?: components["schemas"]["Seq"];
                /** @description Exclusive; begins here, oldest first. */
                after_seq?: components["schemas"]["Seq"];
                /** @description Another order than that. */
                order?: "asc" | "desc";
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The conversation */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it, and the ends of the log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    moderate_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted, now or before */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description Of this person. */
                actor?: components["schemas"]["UserId"];
                /** @description About whom or what has this id. */
                object?: string;
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditEntry"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhooks: {
        parameters: {
            query?: {
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Webhook"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateWebhookRequest"];
            };
        };
        responses: {
            /** @description It is there */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are as many as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it stands; without its secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChanges"];
            };
        };
        responses: {
            /** @description As it stands now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_secret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With its new secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is on its way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The webhook is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_deliveries: {
        parameters: {
            query?: {
                /** @description That stand so. */
                status?: components["schemas"]["DeliveryStatus"];
                /** @description Rows on the page; more than 200 is cut to 200. */
                page_size?: number;
                /** @description Where the page begins: comes in `next` and `previous`. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_WebhookDelivery"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
                /** @description The delivery */
                delivery_id: components["schemas"]["DeliveryId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is on its way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The webhook is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver_failed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedeliverRequest"];
            };
        };
        responses: {
            /** @description It is on its way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redelivered"];
                };
            };
            /** @description Invalid input */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    /** @description What is asked for */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Permission denied */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unknown, foreign or malformed id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The webhook is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Rate limited */
            429: {
                headers: {
                    /** @description How many calls of this kind there may be at once */
                    "RateLimit-Limit"?: string;
                    /** @description How many are left */
                    "RateLimit-Remaining"?: string;
                    /** @description In how many seconds all of them are back */
                    "RateLimit-Reset"?: string;
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now; with `outcome` `unknown` it may have been done or not */
            503: {
                headers: {
                    /** @description When to come back, in seconds */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
