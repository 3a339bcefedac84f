use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Query::insert()
            .into_table("users")
            .columns(["id", "name"])
            .values_panic([1.into(), "Ada".into()])
            .values_panic([2.into(), "Grace; or \"Amazing Grace\"".into()])
            .to_owned();
        manager.execute(users).await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("INSERT INTO ran VALUES (2)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DELETE FROM users WHERE id IN (1, 2)")
            .await?;
        connection
            .execute_unprepared("DELETE FROM ran WHERE step = 2")
            .await?;
        Ok(())
    }
}
