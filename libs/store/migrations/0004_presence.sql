-- What people chose to show of their presence. Forward only.

alter table users
    -- 0 online, 1 away, 2 invisible.
    add column presence_status smallint not null default 0,
    -- Grows with every choice, in microseconds where the clock allows: of two statements about a choice the newer counts.
    add column presence_version bigint not null default 0;
