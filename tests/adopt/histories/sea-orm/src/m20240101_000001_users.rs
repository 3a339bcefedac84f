use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ran = Table::create()
            .table("ran")
            .col(ColumnDef::new("step").integer().not_null())
            .to_owned();
        manager.create_table(ran).await?;
        let users = Table::create()
            .table("users")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("name").string_len(40).not_null())
            .to_owned();
        manager.create_table(users).await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("INSERT INTO ran VALUES (1)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("users").to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table("ran").to_owned())
            .await
    }
}
