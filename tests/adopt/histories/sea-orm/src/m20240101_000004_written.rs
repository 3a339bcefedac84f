use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection
            .execute_unprepared(
                "INSERT INTO ran
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
                 SELECT 4 FROM n WHERE i = 300000",
            )
            .await?;
        let mut written = ColumnDef::new("written")
            .string_len(30)
            .not_null()
            .default("")
            .to_owned();
        let notes = Table::alter()
            .table("notes")
            .add_column(&mut written)
            .to_owned();
        manager.alter_table(notes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let notes = Table::alter()
            .table("notes")
            .drop_column("written")
            .to_owned();
        manager.alter_table(notes).await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DELETE FROM ran WHERE step = 4")
            .await?;
        Ok(())
    }
}
