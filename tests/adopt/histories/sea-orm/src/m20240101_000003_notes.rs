use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let owner = ForeignKey::create()
            .from("notes", "owner")
            .to("users", "id")
            .to_owned();
        let notes = Table::create()
            .table("notes")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("owner").integer().not_null())
            .col(ColumnDef::new("body").string_len(200).not_null())
            .foreign_key(&mut owner.clone())
            .to_owned();
        manager.create_table(notes).await?;
        let by_owner = Index::create()
            .name("notes_by_owner")
            .table("notes")
            .col("owner")
            .to_owned();
        manager.create_index(by_owner).await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("INSERT INTO ran VALUES (3)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("notes").to_owned())
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DELETE FROM ran WHERE step = 3")
            .await?;
        Ok(())
    }
}
